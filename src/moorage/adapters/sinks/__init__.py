"""Where audit lines can go: a file of JSON lines, or syslog."""
