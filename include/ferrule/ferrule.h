/* ferrule.h: the C interface of ferrule.
 *
 * Strings are NUL-terminated UTF-8. Every function is thread-safe; an engine may be used by any number of threads at
 * once. A network namespace is named as for `ferrule --netns`: a name under /run/netns, a path, "pid:N" or "fd:N"; NULL
 * or "" is the calling thread's own. The calling thread is in its own namespace afterwards, unless the status is
 * FERRULE_THREAD_LOST.
 *
 * Functions that can fail return a ferrule_status and, where `error` is not NULL and the status is not FERRULE_OK, set
 * *error to a message "file:line: what is wrong", which the caller frees with ferrule_string_free; with FERRULE_OK it
 * is NULL, and with FERRULE_NO_MEMORY it may be. Text that a function gives is never NULL when the status is
 * FERRULE_OK. NULL where something is needed, unknown flags and unknown values are FERRULE_INVALID_INPUT.
 *
 * No function ends the process or throws. After fork(2) the child may free engines and plans of its parent and must not
 * call anything else with them; it makes its own. */
#ifndef FERRULE_FERRULE_H
#define FERRULE_FERRULE_H

/* NOLINTBEGIN(modernize-deprecated-headers,modernize-use-using): this is C. */
#include <stddef.h>

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* What the caller does next; the values are those of ferrule::Code plus one. */
typedef enum ferrule_status {
  FERRULE_OK = 0,
  FERRULE_INVALID_INPUT = 1, /* fix the text */
  FERRULE_NOT_FOUND = 2,     /* a table, chain, rule or namespace that was named does not exist */
  FERRULE_EXISTS = 3,        /* what was to be created is there already */
  FERRULE_IN_USE = 4,        /* a chain is referenced or not empty */
  FERRULE_REFUSED = 5,       /* the kernel did not accept it */
  FERRULE_PERMISSION = 6,    /* get the capability that the message names */
  FERRULE_BUSY = 7,          /* try again */
  FERRULE_UNSUPPORTED = 8,   /* cannot be done here natively, and no binary that can was found */
  FERRULE_SYSTEM = 9,        /* a system call failed */
  FERRULE_OUTCOME_UNKNOWN =
      10,                     /* the change was sent, and whether the kernel made it cannot be told: read and compare */
  FERRULE_THREAD_LOST = 11,   /* the calling thread is still in another network namespace and must not go on */
  FERRULE_NO_MEMORY = 12,     /* out of memory; nothing has changed */
  FERRULE_TOO_MANY_FILES = 13 /* no file descriptor left; nothing has changed */
} ferrule_status;

typedef enum ferrule_backend {
  FERRULE_BACKEND_AUTO = 0, /* the one in use in the namespace */
  FERRULE_BACKEND_LEGACY = 1,
  FERRULE_BACKEND_NFT = 2
} ferrule_backend;

enum {
  FERRULE_NOFLUSH = 1, /* keep what the tables hold, as iptables-restore --noflush */
  FERRULE_COUNTERS = 2 /* counters count, as iptables-restore and iptables-save -c */
};

typedef struct ferrule_engine ferrule_engine;

/* "MAJOR.MINOR.PATCH"; static storage. */
const char* ferrule_version(void);

/* A new engine, or NULL when memory is short or `backend` is none of the above. A backend other than AUTO is used or
 * there is an error. */
ferrule_engine* ferrule_engine_new(ferrule_backend backend);
void ferrule_engine_free(ferrule_engine* engine);

/* Applies iptables-restore input, of either or both families (NULL leaves one out), as one transaction: on error the
 * kernel is as it was. `flags` is an or of FERRULE_NOFLUSH and FERRULE_COUNTERS. */
ferrule_status ferrule_apply(const ferrule_engine* engine, const char* netns, const char* ipv4_rules,
                             const char* ipv6_rules, unsigned flags, char** error);

/* Makes it so: the same arguments as a state to be in, of which only what is missing is written. Doing it again writes
 * nothing. *changed, where `changed` is not NULL, says whether anything was. See Engine::ensure in ferrule/engine.hpp.
 */
ferrule_status ferrule_ensure(const ferrule_engine* engine, const char* netns, const char* ipv4_rules,
                              const char* ipv6_rules, unsigned flags, int* changed, char** error);

/* Rules written out beforehand, for namespaces that hold none yet; see ferrule/plan.hpp. Immutable: any number of
 * threads may use one plan at the same time. It outlives its engine. */
typedef struct ferrule_plan ferrule_plan;

/* Writes out what ferrule_apply with the same arguments would apply. *plan is freed with ferrule_plan_free. */
ferrule_status ferrule_compile(const ferrule_engine* engine, const char* ipv4_rules, const char* ipv6_rules,
                               unsigned flags, ferrule_plan** plan, char** error);

/* Leaves in the namespace what ferrule_apply would, at the price of the necessary system calls where it holds no rules
 * yet, and the ordinary way where it does. */
ferrule_status ferrule_plan_apply(const ferrule_plan* plan, const char* netns, char** error);

/* The same for `count` namespaces, with up to `threads` of them at once (0: as many as there are processors). Writes
 * the status of each into `statuses` and, where `errors` is not NULL, its message or NULL into `errors`, which the
 * caller frees one by one. FERRULE_OK when all are. */
ferrule_status ferrule_plan_apply_all(const ferrule_plan* plan, const char* const* netns, size_t count,
                                      unsigned threads, ferrule_status* statuses, char** errors);

/* What the plan holds, as text for people, in *text, which the caller frees with ferrule_string_free. */
ferrule_status ferrule_plan_dump(const ferrule_plan* plan, char** text);

void ferrule_plan_free(ferrule_plan* plan);

/* What iptables-save (family 4) or ip6tables-save (family 6) would print, in *text, which the caller frees with
 * ferrule_string_free. `flags` may be FERRULE_COUNTERS. Reading creates nothing. */
ferrule_status ferrule_save(const ferrule_engine* engine, const char* netns, int family, unsigned flags, char** text,
                            char** error);

/* The backend in use for family 4 or 6, in *backend, and the reason, one sentence, in *reason where `reason` is not
 * NULL, which the caller frees. */
ferrule_status ferrule_detect(const ferrule_engine* engine, const char* netns, int family, ferrule_backend* backend,
                              char** reason, char** error);

void ferrule_string_free(char* string);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

/* NOLINTEND(modernize-deprecated-headers,modernize-use-using) */
#endif /* FERRULE_FERRULE_H */
