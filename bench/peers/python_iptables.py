"""Sets up a pod's IPv4 rules through python3-iptables, for bench/support/peers.cpp.

Reads lines "PID FD": a network namespace that process PID has open as FD. Enters it, makes the rules of the
example `ambient.v4.rules`, and prints how many microseconds that took. IPv4 only: the library (1.0.1) does not find
the REDIRECT target for IPv6.
"""
import ctypes
import os
import sys
import time

import iptc

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
PROBER = "169.254.20.9"
OWN = "127.0.0.1"
MARK = "0x2a0/0xff0"
CONNECTION_MARK = "0x550/0xff0"


def match(rule, name, **options):
    made = rule.create_match(name)
    for option, value in options.items():
        setattr(made, option, value)


def target(rule, name, **options):
    made = rule.create_target(name)
    for option, value in options.items():
        setattr(made, option, value)


def rule_of(**selectors):
    rule = iptc.Rule()
    for selector, value in selectors.items():
        setattr(rule, selector, value)
    return rule


def fill_mangle(table):
    into, out = (table.create_chain(name) for name in ("MESH_IN", "MESH_OUT"))
    rule = rule_of()
    match(rule, "mark", mark=MARK)
    target(rule, "CONNMARK", set_xmark=CONNECTION_MARK)
    into.append_rule(rule)
    rule = rule_of()
    match(rule, "connmark", mark=CONNECTION_MARK)
    target(rule, "CONNMARK", restore_mark="", nfmask="0xffffffff", ctmask="0xffffffff")
    out.append_rule(rule)


def fill_nat(table):
    into, out = (table.create_chain(name) for name in ("MESH_IN", "MESH_OUT"))

    def redirect(chain, port, protocol="tcp", dport=None, mark="!" + MARK, **selectors):
        rule = rule_of(protocol=protocol, **selectors)
        if dport:
            match(rule, protocol, dport=dport)
        match(rule, "mark", mark=mark)
        target(rule, "REDIRECT", to_ports=port)
        chain.append_rule(rule)

    def accept(chain, **selectors):
        rule = rule_of(**selectors)
        target(rule, "ACCEPT")
        chain.append_rule(rule)

    accept(into, protocol="tcp", src=PROBER)
    redirect(into, "9106", dport="!9108", dst="!" + OWN)
    accept(out, protocol="tcp", dst=PROBER)
    redirect(out, "9153", protocol="udp", dport="53", out_interface="!lo")
    redirect(out, "9153", dport="53", dst="!" + OWN)
    rule = rule_of(protocol="tcp")
    match(rule, "mark", mark=CONNECTION_MARK)
    target(rule, "ACCEPT")
    out.append_rule(rule)
    accept(out, dst="!" + OWN, out_interface="lo")
    redirect(out, "9101", dst="!" + OWN)


def fill_raw(table):
    into, out = (table.create_chain(name) for name in ("MESH_IN", "MESH_OUT"))
    for chain, port, mark in ((into, {"sport": "53"}, "!" + MARK), (out, {"dport": "53"}, MARK)):
        rule = rule_of(protocol="udp")
        match(rule, "udp", **port)
        match(rule, "mark", mark=mark)
        target(rule, "CT", zone="7")
        chain.append_rule(rule)


def jump(table):
    for base, chain in (("PREROUTING", "MESH_IN"), ("OUTPUT", "MESH_OUT")):
        rule = rule_of()
        rule.create_target(chain)
        iptc.Chain(table, base).append_rule(rule)


def set_up():
    for name, fill in (("mangle", fill_mangle), ("nat", fill_nat), ("raw", fill_raw)):
        table = iptc.Table(name)
        table.autocommit = False
        # The library keeps one object of each table, with what it read when it was made.
        table.refresh()
        fill(table)
        jump(table)
        table.commit()
        table.autocommit = True


def main():
    for line in sys.stdin:
        pid, fd = line.split()
        namespace = os.open(f"/proc/{pid}/fd/{fd}", os.O_RDONLY)
        if LIBC.setns(namespace, CLONE_NEWNET) != 0:
            sys.exit("setns: " + os.strerror(ctypes.get_errno()))
        begin = time.perf_counter_ns()
        set_up()
        print((time.perf_counter_ns() - begin) / 1000, flush=True)
        os.close(namespace)


main()
