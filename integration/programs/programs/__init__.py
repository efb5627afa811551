"""Real programs with the real iptables and with ferrule in its place."""
