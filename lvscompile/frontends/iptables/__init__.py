"""iptables command lines and rules: words to typed values in the normal form of iptables-save."""
