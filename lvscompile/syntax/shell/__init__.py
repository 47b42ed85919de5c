"""Shell scripts, session logs and notes: lines, words, compound commands."""
