# pyroman: rules as Python, applied through -restore, verified and rolled back.
# packages: pyroman
# ignore: PID|pid
# alike: pyroman\S*|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S*
source /opt/steps.sh
two_interfaces
step 'print' pyroman --print
step 'apply' pyroman --no-act
step 'safe' bash -c 'echo OK | pyroman --safe'
step 'apply for real' pyroman
step 'again' pyroman
step 'rolled back' bash -c 'echo "Firewall.hosts[\"x\"]=1; add_rule(\"nonsense\")" >>/etc/pyroman/99_own.py; pyroman'
