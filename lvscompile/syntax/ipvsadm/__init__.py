"""What ipvsadm reads and prints, as lines: scanning, words, the tree."""
