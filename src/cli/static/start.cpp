// What glibc 2.36 does between the kernel's entry into a static x86-64 program and main, without asking what the
// processor can do. glibc asks for cache sizes and features with some 65 CPUID instructions. A hypervisor has to answer
// each, at 1 to 5 µs, which together is more than anything else that `iptables -A` does. Nothing is asked here, so that
// the C library takes its functions for SSE2, which every x86-64 has.
//
// The order and the functions are those of glibc 2.36 (csu/libc-start.c, sysdeps/x86/cacheinfo.h). They are internal to
// it, so cmake/static_start.cmake uses this file with that release only, and after it has tried. What is left out
// beside the processor: the link map for debuggers of programs that load objects, and pthread_exit(3) from main's
// thread.
#include <elf.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,performance-no-int-to-ptr): glibc's and the
// linker's names, and addresses that the linker gives as numbers.
extern "C" {

using StartFunction = void (*)(int, char**, char**);
using EndFunction = void (*)();

extern char** __environ;
extern void* __libc_stack_end;
extern void* _dl_random;
extern int __libc_enable_secure;

extern const Elf64_Rela __rela_iplt_start[];
extern const Elf64_Rela __rela_iplt_end[];
extern const StartFunction __preinit_array_start[];
extern const StartFunction __preinit_array_end[];
extern const StartFunction __init_array_start[];
extern const StartFunction __init_array_end[];
extern const EndFunction __fini_array_start[];
extern const EndFunction __fini_array_end[];

void _init();
void _fini();
void _dl_aux_init(Elf64_auxv_t* vector);
void __tunables_init(char** environment);
void __libc_setup_tls();
void __libc_early_init(bool initial);
void __libc_init_first(int argc, char** argv, char** environment);
void __libc_check_standard_fds();
int __cxa_atexit(void (*function)(void*), void* argument, void* dso);

// The sizes by which memcpy and its like choose how to copy: those that glibc has for a processor it does not know.
constexpr long kDataCache = 32L * 1024;
constexpr long kSharedCache = 1024L * 1024;
long __x86_data_cache_size = kDataCache;
long __x86_data_cache_size_half = kDataCache / 2;
long __x86_shared_cache_size = kSharedCache;
long __x86_shared_cache_size_half = kSharedCache / 2;
long __x86_shared_non_temporal_threshold = kSharedCache * 3 / 4;
long __x86_rep_movsb_threshold = 2048;
long __x86_rep_movsb_stop_threshold = kSharedCache * 3 / 4;
long __x86_rep_stosb_threshold = 2048;
int __x86_string_control = 0;

int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv, EndFunction init, EndFunction fini,
                      EndFunction rtld_fini, void* stack_end);
}

namespace {

// glibc's functions of which there are several: each has a function that says which. There are no guards yet.
__attribute__((no_stack_protector)) void choose_functions() {
  for (const Elf64_Rela* one = __rela_iplt_start; one != __rela_iplt_end; ++one) {
    const auto choose = reinterpret_cast<Elf64_Addr (*)()>(one->r_addend);
    *reinterpret_cast<Elf64_Addr*>(one->r_offset) = choose();
  }
}

// The kernel gives 16 random bytes: the stack guard, whose lowest byte is a string's end, and the pointer guard.
[[gnu::always_inline]] inline void set_guards() {
  uint64_t guards[2];
  __builtin_memcpy(guards, _dl_random, sizeof guards);
  asm volatile("mov %0, %%fs:0x28" : : "r"(guards[0] & ~uint64_t{0xff}) : "memory");
  asm volatile("mov %0, %%fs:0x30" : : "r"(guards[1]) : "memory");
}

void run_at_exit(void* /*unused*/) {
  for (const EndFunction* one = __fini_array_end; one != __fini_array_start;) (*--one)();
  _fini();
}

}  // namespace

// Called by crt1.o, in the place of the archive's function. A guard that appears half way would not be found again.
__attribute__((no_stack_protector)) int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv,
                                                          EndFunction /*init*/, EndFunction /*fini*/,
                                                          EndFunction rtld_fini, void* stack_end) {
  char** environment_end = argv + argc + 1;
  __environ = environment_end;
  __libc_stack_end = stack_end;
  while (*environment_end != nullptr) ++environment_end;
  _dl_aux_init(reinterpret_cast<Elf64_auxv_t*>(environment_end + 1));
  __tunables_init(__environ);
  choose_functions();
  __libc_setup_tls();
  set_guards();
  if (rtld_fini != nullptr) __cxa_atexit(reinterpret_cast<void (*)(void*)>(rtld_fini), nullptr, nullptr);
  __libc_early_init(true);
  __libc_init_first(argc, argv, __environ);
  __cxa_atexit(run_at_exit, nullptr, nullptr);
  if (__libc_enable_secure != 0) __libc_check_standard_fds();
  for (const auto* one = __preinit_array_start; one != __preinit_array_end; ++one) (*one)(argc, argv, __environ);
  _init();
  for (const auto* one = __init_array_start; one != __init_array_end; ++one) (*one)(argc, argv, __environ);
  std::exit(main(argc, argv, __environ));
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,performance-no-int-to-ptr)
