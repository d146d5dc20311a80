import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Button } from "../parts/Button";
import { ScrollBox } from "../parts/ScrollBox";
import { Answer } from "./Answer";
import { Mark } from "./Brand";
import classes from "./chat.module.css";
import { LiveTurn } from "./LiveTurn";
import { Problem } from "./Problem";
import { page } from "./page";
import { Question } from "./Question";
import type { Talking } from "./useTalk";

interface Props {
  talking: Talking;
  thread: string;
}

const NEAR_PX = 80;

/** What was said, newest below; older messages come as one scrolls up to them. */
export function Conversation({ talking, thread }: Props) {
  const { talk, say, again, discard, older, showBranch } = talking;
  const { messages, more, turn, loading, problem } = talk;
  const box = useRef<HTMLElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const held = useRef({ fetching: false, first: 0, top: 0 });
  const first = messages[0]?.seq ?? 0;
  const busy = turn !== null;

  // What came above must not move what is being read.
  useLayoutEffect(() => {
    const scroller = box.current;
    if (!scroller) return;
    const was = held.current;
    if (was.first && first < was.first) {
      const { first: seq, top } = was;
      was.first = 0;
      const hold = () => {
        scroller.scrollTop += topOf(scroller, seq) - top;
      };
      hold();
      requestAnimationFrame(hold); // what came into sight has its own height only now
    } else if (atEnd) scroller.scrollTop = scroller.scrollHeight;
  });

  // Pictures and fonts that come later make it longer, too.
  useEffect(() => {
    const scroller = box.current;
    const inside = scroller?.firstElementChild;
    if (!scroller || !inside || !atEnd) return;
    const watch = new ResizeObserver(() => {
      scroller.scrollTop = scroller.scrollHeight;
    });
    watch.observe(inside);
    return () => watch.disconnect();
  }, [atEnd]);

  async function scrolled() {
    const scroller = box.current;
    if (!scroller) return;
    const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    setAtEnd(left < NEAR_PX);
    if (scroller.scrollTop < 400) await fetchOlder();
  }

  async function fetchOlder() {
    const scroller = box.current;
    if (!scroller || held.current.fetching || !more) return;
    held.current.fetching = true;
    try {
      await older((seq) => {
        Object.assign(held.current, { first: seq, top: topOf(scroller, seq) });
      });
    } finally {
      held.current.fetching = false;
    }
  }

  return (
    <ScrollBox
      className={classes.scroller}
      ref={box}
      onScroll={scrolled}
      role="log"
      aria-live="off"
      label="Conversation"
    >
      <div className={classes.column}>
        {!more && !loading && <Welcome onAsk={messages.length || busy ? undefined : say} />}
        {more && (
          <div className={classes.older}>
            <Button small onClick={() => void fetchOlder()}>
              Show older messages
            </Button>
          </div>
        )}
        {problem && <Problem sentence={problem} onAgain={talking.open} />}
        {messages.map((message) => (
          <div key={message.seq} className={classes.message} data-seq={message.seq}>
            {message.role === "user" ? (
              <Question
                message={message}
                thread={thread}
                busy={busy}
                onEdit={say}
                onBranch={showBranch}
              />
            ) : (
              <Answer
                message={message}
                thread={thread}
                busy={busy}
                onAgain={again}
                onBranch={showBranch}
              />
            )}
          </div>
        ))}
        {turn && (
          <LiveTurn
            turn={turn}
            thread={thread}
            onDiscard={discard}
            onRetry={() => {
              const { asking } = turn;
              const question = messages.at(-1);
              if (asking && asking.again === undefined)
                say(asking.text, asking.files, asking.parent);
              else if (question) again(asking?.again ?? question.seq);
            }}
          />
        )}
        {!turn && messages.at(-1)?.role === "user" && !loading && (
          <div className={classes.older}>
            <Button small onClick={() => again(messages.at(-1)?.seq ?? 0)}>
              Answer this question
            </Button>
          </div>
        )}
      </div>
      {!atEnd && (
        <Button
          className={classes.toEnd}
          icon={ArrowDown}
          aria-label="To the newest message"
          onClick={() => {
            setAtEnd(true);
            box.current?.scrollTo({ top: box.current.scrollHeight });
          }}
        />
      )}
    </ScrollBox>
  );
}

/** Where a message stands in what is seen. */
function topOf(scroller: HTMLElement, seq: number): number {
  const message = scroller.querySelector(`[data-seq="${seq}"]`);
  return message?.getBoundingClientRect().top ?? 0;
}

function Welcome({ onAsk }: { onAsk?: (text: string) => void }) {
  return (
    <header className={classes.welcome} data-empty={onAsk ? true : undefined}>
      <Mark large />
      <h2>{page.title}</h2>
      {page.text && <p>{page.text}</p>}
      {onAsk && page.questions.length > 0 && (
        <ul>
          {page.questions.map((question) => (
            <li key={question}>
              <Button onClick={() => onAsk(question)}>{question}</Button>
            </li>
          ))}
        </ul>
      )}
    </header>
  );
}
