"""What can be read by link, without a login: shared traces, datasets; signed attachments."""
