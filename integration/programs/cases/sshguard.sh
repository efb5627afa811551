# sshguard: its backend for iptables, told to block and release as the daemon tells it.
# packages: sshguard
source /opt/steps.sh
two_interfaces
backend=$(find /usr/lib/sshguard /usr/libexec/sshguard -name sshg-fw-iptables 2>/dev/null | head -1)
tell() { printf '%b' "$1" | "$backend"; }
step 'chains' bash -c 'for i in iptables ip6tables; do $i -N sshguard; $i -A INPUT -j sshguard; done'
step 'block' tell 'block 203.0.113.7 4 32\nblock 2001:db8::7 6 128\nblock 203.0.113.0 4 24\n'
step 'release' tell 'release 203.0.113.7 4 32\nrelease 203.0.113.9 4 32\n'
step 'flush' tell 'block 203.0.113.7 4 32\nflush\n'
step 'without chains' bash -c 'iptables -F; iptables -X'
step 'block without chains' tell 'block 203.0.113.7 4 32\n'
