#ifndef ENC_SANDBOX_SHOWN_H
#define ENC_SANDBOX_SHOWN_H

/*
 * The CPUs and the memory that a program is told of: those that it may use, not
 * the machine's. Python, node and the C library size thread pools and heaps by
 * them.
 *
 * Natively three files of /proc have the answer. Each sandbox has them in a file
 * system of its own, and a claim writes them again if the session's limits
 * differ from those that the sandbox was made for. Calls of the kernel still
 * tell of the machine: sched_getaffinity(2), sysinfo(2). gVisor has all of it
 * from its start (way_gvisor.c).
 */

#include <stdint.h>

#include "buf.h"
#include "limit.h"

enum {
	/*
	 * Limit of one file; /proc/cpuinfo has 1,500 to 3,000 bytes for each of
	 * the 64 CPUs that a program can be told of.
	 */
	ENC_SHOWN_MAX_BYTES = 1 << 20,
};

struct enc_shown {
	uint32_t cpus;
	uint64_t memory_bytes;
};

/* The files, by their names below /proc; the list ends with NULL. */
extern const char *const enc_shown_files[];

/*
 * enc_shown_of() - what a program with these limits is told: whole CPUs,
 * rounded up, and memory, but no more than the machine has
 */
struct enc_shown enc_shown_of(const struct enc_limits *limits,
			      const struct enc_shown *machine);

/* enc_shown_same() - whether a program is told the same */
bool enc_shown_same(const struct enc_shown *one, const struct enc_shown *other);

/*
 * enc_shown_meminfo() - append the text of /proc/meminfo: so much memory, all of
 * it free. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_shown_meminfo(struct enc_buf *out, uint64_t memory_bytes);

/**
 * enc_shown_cut() - copy a text of /proc/stat or /proc/cpuinfo with at most
 * @cpus CPUs
 *
 * Lines of /proc/stat that begin with "cpu" and a digit stand for a CPU each,
 * and so does a paragraph of /proc/cpuinfo. Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_shown_cut(const char *text, uint32_t cpus,
				struct enc_buf *out);

/**
 * enc_shown_write() - write the files
 * @dir:   where they are
 * @facts: absolute path of the tree of facts.h, which has those of the machine
 *
 * Return: 0 or a negative errno
 */
ENC_NODISCARD int enc_shown_write(int dir, const char *facts,
				  const struct enc_shown *shown);

#endif
