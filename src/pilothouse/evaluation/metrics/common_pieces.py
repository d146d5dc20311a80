"""The longest piece that two texts share, in a time and memory that grow with them alone."""

from __future__ import annotations


def longest_common(first: str, second: str) -> str:
    """The longest piece that stands in both texts."""
    pieces = _Pieces(min(first, second, key=len))
    text = max(second, first, key=len)
    state = run = best = end = 0
    for at, letter in enumerate(text, 1):
        while state and letter not in pieces.next[state]:
            state = pieces.shorter[state]
            run = pieces.longest[state]
        if letter in pieces.next[state]:
            state, run = pieces.next[state][letter], run + 1
        if run > best:
            best, end = run, at
    return text[end - best : end]


class _Pieces:
    """All pieces of a text, as its suffix automaton (Blumer et al. 1985): at most two states a
    letter, the first of which stands for the empty piece.
    """

    def __init__(self, text: str) -> None:
        self.next: list[dict[str, int]] = [{}]
        """Of each state the one that a further letter leads to."""
        self.shorter = [-1]
        """The state of the longest ending of its pieces that also stands elsewhere."""
        self.longest = [0]
        """How long the longest of its pieces is."""
        whole = 0
        for letter in text:
            whole = self._grown(whole, letter)

    def _grown(self, whole: int, letter: str) -> int:
        """Adds a letter to the text so far, whose state is `whole`; -> the state of the new one."""
        new = self._state({}, self.longest[whole] + 1, 0)
        state = whole
        while state >= 0 and letter not in self.next[state]:
            self.next[state][letter] = new
            state = self.shorter[state]
        if state < 0:
            return new
        after = self.next[state][letter]
        if self.longest[after] == self.longest[state] + 1:
            self.shorter[new] = after
            return new
        # its shorter pieces stand here as well, its longer ones do not: they part
        part = self._state(self.next[after].copy(), self.longest[state] + 1, self.shorter[after])
        self.shorter[after] = self.shorter[new] = part
        while state >= 0 and self.next[state].get(letter) == after:
            self.next[state][letter] = part
            state = self.shorter[state]
        return new

    def _state(self, following: dict[str, int], longest: int, shorter: int) -> int:
        self.next.append(following)
        self.longest.append(longest)
        self.shorter.append(shorter)
        return len(self.next) - 1
