"""What iptables-save prints, as lines: scanning, words, the tree, the table of options."""
