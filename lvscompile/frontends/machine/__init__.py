"""The other texts of a host than its keepalived.conf, together: what they leave behind once all has run."""
