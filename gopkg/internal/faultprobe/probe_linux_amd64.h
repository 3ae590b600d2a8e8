#ifndef Q2_FAULTPROBE_H
#define Q2_FAULTPROBE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
	uintptr_t pc;      // of the instruction
	uintptr_t address; // the first that it could not reach
	uintptr_t top;     // the word on top of the stack
	uint64_t write;    // 1 if it wrote, 0 if it read
} q2_probe_access;

// Starts to log accesses to length bytes at base, both multiples of the page size, into log. Returns an errno.
int q2_probe_start(void *base, size_t length, int reads_too, q2_probe_access *log, size_t room);
// Makes the memory accessible again and returns the number of accesses, more than room if some had no place.
size_t q2_probe_stop(void);

// The file that holds an instruction, NULL if none does.
const char *q2_probe_file(uintptr_t pc);

// For tests of the probe and of others: a stray write by C, and one by the C library.
void q2_probe_store(unsigned char *at, unsigned char value);
void q2_probe_copy(void *to, const void *from, size_t length);

#endif
