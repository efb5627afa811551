# go-iptables, the library of CNI, flannel and calico: its own tests.
# packages: golang-go golang-github-coreos-go-iptables-dev
# alike: \d+\.\d+s
# alike: (TEST|CHAIN|BAD)\w*-\d+|\b\d{8,}\b
source /opt/steps.sh
two_interfaces
export HOME=/root GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS=-count=1 GOCACHE=/root/cache
cd /root || exit
# Names of chains that come in the same order in every run.
tests=/usr/share/gocode/src/github.com/coreos/go-iptables/iptables/iptables_test.go
sed -i 's|rand.Int(rand.Reader, .*|big.NewInt(chainNumber), error(nil); chainNumber++|' $tests
printf 'var chainNumber int64 = 100000\nvar _ = rand.Reader\n' >>$tests
go test -c -o /root/tests github.com/coreos/go-iptables/iptables || exit 3
cd /usr/share/gocode/src/github.com/coreos/go-iptables/iptables || exit
for test in $(/root/tests -test.list .); do
  step "$test" /root/tests -test.v -test.run "^$test\$"
done
