// netlink::Socket against a kernel that the test plays: what it believes, and that it always ends.
#include "netlink/socket.hpp"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <random>
#include <vector>

#include "support/forwarding_system.hpp"

namespace ferrule::netlink {
namespace {

using std::chrono::milliseconds;

constexpr uint32_t kPod = 4711;  // the port of a process of the pod

std::vector<std::byte> message(uint32_t length, uint16_t type, uint16_t flags, uint32_t sequence,
                               std::vector<uint32_t> payload = {}) {
  const nlmsghdr header{
      .nlmsg_len = length, .nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = sequence, .nlmsg_pid = 0};
  std::vector<std::byte> out(sizeof header + payload.size() * sizeof(uint32_t));
  std::memcpy(out.data(), &header, sizeof header);
  if (!payload.empty()) std::memcpy(out.data() + sizeof header, payload.data(), payload.size() * sizeof(uint32_t));
  return out;
}

std::vector<std::byte> error(uint32_t sequence, int error_number) {
  return message(NLMSG_HDRLEN + sizeof(nlmsgerr), NLMSG_ERROR, 0, sequence,
                 {static_cast<uint32_t>(-error_number), 0, 0, 0, 0});
}

std::vector<std::byte> answer_message(uint32_t sequence, uint16_t flags) {
  return message(NLMSG_HDRLEN + sizeof(nfgenmsg), NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, flags, sequence, {0});
}

struct Datagram {
  uint32_t sender = 0;
  std::vector<std::byte> bytes = {};
  int error_number = 0;  // the receive fails with it
};

// The kernel and the pod, as far as the socket sees them.
class ScriptedSystem : public test::ForwardingSystem {
 public:
  ScriptedSystem() : ForwardingSystem(kernel::real_system()) {}

  int socket(int, int, int) override {
    ++sockets;
    return memfd_create("socket", MFD_CLOEXEC);
  }
  int connect(int, const sockaddr* address, socklen_t) override {
    EXPECT_EQ(reinterpret_cast<const sockaddr_nl*>(address)->nl_pid, 0U);
    return 0;
  }
  ssize_t getrandom(void* buffer, size_t size) override {
    std::memset(buffer, 0x11, size);
    return static_cast<ssize_t>(size);
  }
  ssize_t sendmsg(int, const msghdr*, int) override { return 1; }
  ssize_t recvmsg(int, msghdr* out, int) override {
    if (queue.empty() && endless) queue.push_back(*endless);
    if (queue.empty()) {
      errno = EAGAIN;
      return -1;
    }
    const Datagram next = queue.front();
    queue.pop_front();
    ++received;
    if (next.error_number != 0) {
      errno = next.error_number;
      return -1;
    }
    sockaddr_nl sender{};
    sender.nl_family = AF_NETLINK;
    sender.nl_pid = next.sender;
    std::memcpy(out->msg_name, &sender, sizeof sender);
    const size_t size = std::min(next.bytes.size(), out->msg_iov->iov_len);
    std::memcpy(out->msg_iov->iov_base, next.bytes.data(), size);
    out->msg_flags = size < next.bytes.size() ? MSG_TRUNC : 0;
    return static_cast<ssize_t>(size);
  }
  int poll(pollfd*, nfds_t, int) override { return 0; }

  void kernel_says(std::vector<std::byte> bytes) { queue.push_back({.sender = 0, .bytes = std::move(bytes)}); }
  void pod_says(std::vector<std::byte> bytes) { queue.push_back({.sender = kPod, .bytes = std::move(bytes)}); }
  void receiving_fails(int error_number) { queue.push_back({.error_number = error_number}); }

  std::deque<Datagram> queue;
  std::optional<Datagram> endless;
  int sockets = 0;
  int received = 0;
};

constexpr uint32_t kFirst = 0x11111111 + 1;  // the sequence number of the first question

class NetlinkSocket : public testing::Test {
 protected:
  Answer ask() {
    Request request;
    request.add_nft(NFT_MSG_GETTABLE, NLM_F_DUMP, AF_UNSPEC);
    return socket_.ask(request, [&](const nlmsghdr&) {
      ++taken_;
      return Reading::kContinue;
    });
  }
  BatchAnswer send() {
    const auto answer = socket_.send({}, 100, 103);
    EXPECT_TRUE(answer);
    return *answer;
  }

  ScriptedSystem system_;
  Socket socket_ = *Socket::open(system_, milliseconds(200));
  int taken_ = 0;
};

TEST_F(NetlinkSocket, ReadsADumpToItsEnd) {
  system_.kernel_says(answer_message(kFirst, NLM_F_MULTI));
  system_.kernel_says(message(NLMSG_HDRLEN + 4, NLMSG_DONE, NLM_F_MULTI, kFirst, {0}));
  EXPECT_EQ(ask().error_number, 0);
  EXPECT_EQ(taken_, 1);
}

// Each ended the process or never ended once.
TEST_F(NetlinkSocket, DoesNotReadBeyondWhatWasReceived) {
  for (const uint32_t length : {0U, 1U, 15U, 17U, 21U, 0x7fffffffU, 0x90000000U, 0xffffffffU}) {
    system_.queue.clear();
    system_.kernel_says(message(length, NFNL_SUBSYS_NFTABLES << 8, NLM_F_MULTI, kFirst));
    Socket socket = *Socket::open(system_, milliseconds(50));
    Request request;
    request.add_nft(NFT_MSG_GETTABLE, NLM_F_DUMP, AF_UNSPEC);
    const Answer answer = socket.ask(request, [](const nlmsghdr& got) {
      EXPECT_EQ(got.nlmsg_len, NLMSG_HDRLEN + sizeof(nfgenmsg));
      return Reading::kContinue;
    });
    EXPECT_TRUE(answer.error_number == EBADMSG || answer.error_number == ETIMEDOUT) << length;
  }
}

TEST_F(NetlinkSocket, DoesNotBelieveThePod) {
  system_.pod_says(error(kFirst, EPERM));
  system_.pod_says(answer_message(kFirst, NLM_F_MULTI));
  system_.pod_says(message(0, 0, 0, 0));
  system_.kernel_says(message(NLMSG_HDRLEN + 4, NLMSG_DONE, NLM_F_MULTI, kFirst, {0}));
  EXPECT_EQ(ask().error_number, 0);
  EXPECT_EQ(taken_, 0);
}

TEST_F(NetlinkSocket, PassesOverAnswersToOtherQuestions) {
  system_.kernel_says(error(kFirst - 1, EPERM));
  system_.kernel_says(error(kFirst + 1, EPERM));
  system_.kernel_says(message(NLMSG_HDRLEN + 4, NLMSG_DONE, NLM_F_MULTI, kFirst, {0}));
  EXPECT_EQ(ask().error_number, 0);
}

TEST_F(NetlinkSocket, EndsInTimeWhenTheKernelSaysNothing) { EXPECT_EQ(ask().error_number, ETIMEDOUT); }

TEST_F(NetlinkSocket, EndsInTimeWhenThePodNeverStops) {
  system_.endless = Datagram{.sender = kPod, .bytes = error(kFirst, EPERM)};
  EXPECT_EQ(ask().error_number, ETIMEDOUT);
  EXPECT_EQ(send().end, BatchAnswer::End::kLost);
}

TEST_F(NetlinkSocket, AsksAgainOnAFreshSocketAfterATornDump) {
  system_.kernel_says(message(NLMSG_HDRLEN + 4, NLMSG_DONE, NLM_F_MULTI | NLM_F_DUMP_INTR, kFirst, {0}));
  EXPECT_TRUE(ask().torn);
  system_.receiving_fails(ENOBUFS);
  EXPECT_TRUE(ask().torn);
  system_.kernel_says(message(NLMSG_HDRLEN + 4, NLMSG_DONE, NLM_F_MULTI, kFirst + 2, {0}));
  const Answer answer = ask();
  EXPECT_FALSE(answer.torn);
  EXPECT_EQ(answer.error_number, 0);
  EXPECT_EQ(system_.sockets, 3);
}

TEST_F(NetlinkSocket, ABatchIsDoneWhenTheKernelHasAcknowledgedIt) {
  system_.kernel_says(error(103, 0));
  EXPECT_EQ(send().end, BatchAnswer::End::kDone);
}

TEST_F(NetlinkSocket, ABatchIsRefusedWhenTheKernelRefusesAMessage) {
  system_.kernel_says(error(102, EEXIST));
  system_.kernel_says(error(103, 0));  // this message alone would have been accepted
  const BatchAnswer answer = send();
  EXPECT_EQ(answer.end, BatchAnswer::End::kRefused);
  ASSERT_EQ(answer.refusals.size(), 1U);
  EXPECT_EQ(answer.refusals[0].sequence, 102U);
  EXPECT_EQ(answer.refusals[0].errno_value, EEXIST);
}

TEST_F(NetlinkSocket, ABatchIsRefusedWhenTheKernelRefusesItAsAWhole) {
  system_.kernel_says(error(100, ERESTART));
  EXPECT_EQ(send().end, BatchAnswer::End::kRefused);
}

TEST_F(NetlinkSocket, WithoutAnAnswerTheOutcomeOfABatchIsNotKnown) {
  EXPECT_EQ(send().end, BatchAnswer::End::kLost);
  system_.receiving_fails(ENOMEM);
  EXPECT_EQ(send().end, BatchAnswer::End::kLost);
}

// A refusal may be among the messages that found no room.
TEST_F(NetlinkSocket, AFullQueueTurnsNoRefusalIntoASuccess) {
  system_.receiving_fails(ENOBUFS);
  system_.kernel_says(error(103, 0));
  EXPECT_EQ(send().end, BatchAnswer::End::kLost);
}

TEST_F(NetlinkSocket, ForgedAnswersToABatchAreNotKept) {
  for (int i = 0; i < 100'000; ++i) system_.pod_says(error(101, EPERM));
  for (int i = 0; i < 100; ++i) system_.pod_says(error(103, 0));
  system_.kernel_says(error(102, EINVAL));
  system_.kernel_says(error(103, 0));
  Socket patient = *Socket::open(system_, std::chrono::seconds(60));
  const auto answer = patient.send({}, 100, 103);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->refusals.size(), 1U);
  EXPECT_EQ(answer->refusals[0].errno_value, EINVAL);
}

TEST_F(NetlinkSocket, RandomMessagesDoNoHarm) {
  std::minstd_rand random(1);
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::byte> bytes =
        message(static_cast<uint32_t>(random() % 3 == 0 ? random() : random() % 64), static_cast<uint16_t>(random()),
                static_cast<uint16_t>(random()), kFirst + static_cast<uint32_t>(random() % 3),
                std::vector<uint32_t>(random() % 8, static_cast<uint32_t>(random())));
    system_.queue.push_back({.sender = random() % 2 == 0 ? kPod : 0, .bytes = std::move(bytes)});
  }
  while (!system_.queue.empty()) {
    (void)ask();
    (void)send();
  }
}

}  // namespace
}  // namespace ferrule::netlink
