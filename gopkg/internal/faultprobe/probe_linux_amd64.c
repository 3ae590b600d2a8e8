#define _GNU_SOURCE
#include "probe_linux_amd64.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { trap_flag = 0x100, page_fault_write = 2 };

static struct {
	char *base;
	size_t length;
	int closed; // protection while nobody is let through
	q2_probe_access *log;
	size_t room;
	atomic_size_t count;
	uint64_t blocked;            // signals of the thread that is let through
	struct sigaction segv, trap; // what was there before
} probe;

// The kernel's signal mask has 64 bits; the C library's type for it is larger than what is in a signal's frame.

// The handlers are given on to whoever had the signal before, by letting the instruction happen again.

static void on_fault(int signal, siginfo_t *info, void *context) {
	ucontext_t *c = context;
	char *address = info->si_addr;
	if (address < probe.base || address >= probe.base + probe.length) {
		sigaction(signal, &probe.segv, NULL);
		return;
	}
	size_t at = atomic_fetch_add(&probe.count, 1);
	if (at < probe.room) {
		probe.log[at] = (q2_probe_access){
			(uintptr_t)c->uc_mcontext.gregs[REG_RIP], (uintptr_t)address,
			*(const uintptr_t *)c->uc_mcontext.gregs[REG_RSP],
			(c->uc_mcontext.gregs[REG_ERR] & page_fault_write) != 0};
	}
	mprotect(probe.base, probe.length, PROT_READ | PROT_WRITE);
	c->uc_mcontext.gregs[REG_EFL] |= trap_flag;
	// No other signal in between: Go's scheduler sends some, and puts a call of its own before the instruction.
	uint64_t all = ~(UINT64_C(1) << (SIGSEGV - 1) | UINT64_C(1) << (SIGTRAP - 1));
	memcpy(&probe.blocked, &c->uc_sigmask, sizeof all);
	memcpy(&c->uc_sigmask, &all, sizeof all);
}

static void on_step(int signal, siginfo_t *info, void *context) {
	ucontext_t *c = context;
	if (info->si_code != TRAP_TRACE) {
		sigaction(signal, &probe.trap, NULL);
		return;
	}
	mprotect(probe.base, probe.length, probe.closed);
	c->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)trap_flag;
	memcpy(&c->uc_sigmask, &probe.blocked, sizeof probe.blocked);
}

static int install(int signal, void (*handler)(int, siginfo_t *, void *), struct sigaction *before) {
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_sigaction = handler;
	// On Go's signal stack: a goroutine's own may be too small.
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
	sigfillset(&action.sa_mask);
	return sigaction(signal, &action, before);
}

int q2_probe_start(void *base, size_t length, int reads_too, q2_probe_access *log, size_t room) {
	probe.base = base;
	probe.length = length;
	probe.closed = reads_too ? PROT_NONE : PROT_READ;
	probe.log = log;
	probe.room = room;
	atomic_store(&probe.count, 0);
	if (install(SIGSEGV, on_fault, &probe.segv) != 0) {
		return errno;
	}
	if (install(SIGTRAP, on_step, &probe.trap) != 0 || mprotect(base, length, probe.closed) != 0) {
		int why = errno;
		q2_probe_stop();
		return why;
	}
	return 0;
}

size_t q2_probe_stop(void) {
	mprotect(probe.base, probe.length, PROT_READ | PROT_WRITE);
	sigaction(SIGSEGV, &probe.segv, NULL);
	sigaction(SIGTRAP, &probe.trap, NULL);
	return atomic_load(&probe.count);
}

const char *q2_probe_file(uintptr_t pc) {
	Dl_info info;
	return dladdr((void *)pc, &info) != 0 ? info.dli_fname : NULL;
}

void q2_probe_store(unsigned char *at, unsigned char value) { *(volatile unsigned char *)at = value; }

void q2_probe_copy(void *to, const void *from, size_t length) {
	// Through a pointer that the compiler can't see through, or it would copy by itself.
	void *(*volatile copy)(void *, const void *, size_t) = memcpy;
	copy(to, from, length);
}
