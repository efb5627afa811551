// Ends with 0 where src/cli/static/start.cpp has set up what a program needs: environment, thread-local storage,
// guards, constructors, exceptions, threads, copies of every size.
#include <features.h>
#if !defined(__x86_64__) || __GLIBC__ != 2 || __GLIBC_MINOR__ != 36
#error "start.cpp follows glibc 2.36 on x86-64"
#endif

#include <sys/auxv.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

thread_local std::string of_thread = "initial";
const std::vector<int> constructed(100, 7);

bool copies() {
  for (size_t size = 1; size <= size_t{8} << 20U; size *= 2) {
    std::vector<char> from(size + 3, 'x');
    std::vector<char> to(size + 3, 'y');
    from[size - 1] = 'z';
    std::memmove(to.data() + 1, from.data(), size);
    if (to[0] != 'y' || to[size] != 'z' || to[size + 1] != 'y') return false;
    if (std::memchr(from.data(), 'z', size) != from.data() + size - 1) return false;
  }
  return true;
}

bool throws_and_catches() {
  try {
    throw std::runtime_error("caught");
  } catch (const std::exception& error) {
    return std::string(error.what()) == "caught";
  }
}

bool has_guards() {
  uint64_t stack = 0;
  uint64_t pointer = 0;
  asm("mov %%fs:0x28, %0" : "=r"(stack));
  asm("mov %%fs:0x30, %0" : "=r"(pointer));
  return stack != 0 && pointer != 0 && (stack & 0xffU) == 0;
}

bool thread_has_its_own() {
  bool own = false;
  errno = 0;
  std::thread([&own] {
    own = of_thread == "initial";
    of_thread = "changed";
    own = own && std::strtoul("99999999999999999999", nullptr, 10) != 0 && errno == ERANGE;
  }).join();
  return own && of_thread == "initial" && errno == 0;
}

}  // namespace

int main(int argc, char** argv) {
  setenv("FERRULE_PROBE", "set", 1);
  const bool good = argc == 1 && argv[0] != nullptr && argv[1] == nullptr && std::getenv("FERRULE_PROBE") != nullptr &&
                    getauxval(AT_PAGESZ) != 0 && constructed.size() == 100 && copies() && throws_and_catches() &&
                    has_guards() && thread_has_its_own();
  return good ? 0 : 1;
}
