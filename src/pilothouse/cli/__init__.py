"""The command `pilothouse`: one file a command, each loaded when it is called."""
