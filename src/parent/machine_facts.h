#ifndef ENC_PARENT_MACHINE_FACTS_H
#define ENC_PARENT_MACHINE_FACTS_H

/*
 * Facts about a machine: features that were tried, and settings that were read.
 * machine_judge.h decides what they mean.
 *
 * Each feature is tried in a child, so nothing of it stays. If a kernel or a
 * container behaves unexpectedly, only the child dies.
 */

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

enum {
	ENC_MACHINE_TEXT_BYTES = 256,
	ENC_MACHINE_NAME_BYTES = 64,
};

/* Paths that are examined; texts are borrowed. */
struct enc_machine {
	const char *environments;
	const char *state_dir;
	const char *runsc;	  /* path of runsc that was named; NULL: none */
	const char *runsc_beside; /* path of a runsc beside enclaved */
};

enum enc_machine_outcome {
	/* This process lacks the right to try the feature. */
	ENC_MACHINE_NOT_TRIED,
	ENC_MACHINE_WORKS,
	ENC_MACHINE_FAILS,
};

struct enc_machine_try {
	enum enc_machine_outcome outcome;
	/*
	 * Text about the feature: the version or value found, or why it failed.
	 */
	char text[ENC_MACHINE_TEXT_BYTES];
};

/* Numeric settings of the kernel. */
enum enc_machine_setting {
	ENC_MACHINE_USERNS_CLONE,
	ENC_MACHINE_USER_NAMESPACES,
	ENC_MACHINE_NET_NAMESPACES,
	ENC_MACHINE_PTRACE_SCOPE,
	ENC_MACHINE_OVERCOMMIT,
	ENC_MACHINE_APPARMOR_USERNS,
	ENC_MACHINE_BPF_JIT_LIMIT,
	ENC_MACHINE_BPF_JIT_HARDEN,
	ENC_MACHINE_SETTING_MAX,
};

struct enc_machine_number {
	bool known;  /* false: this kernel lacks the setting */
	bool hidden; /* the setting can't be read */
	int64_t value;
};

struct enc_machine_facts {
	bool root;
	uint64_t capabilities; /* effective capabilities: 1 << CAP_... */
	char kernel[ENC_MACHINE_NAME_BYTES];
	/* The container runtime, such as "docker"; "": no container. */
	char container[ENC_MACHINE_NAME_BYTES];
	struct enc_machine_try cgroups;
	struct enc_machine_try namespaces;
	struct enc_machine_try overlay;
	struct enc_machine_try seccomp;
	struct enc_machine_try network;
	int landlock_abi;
	struct enc_machine_try environments;
	/* The following members are set by enc_machine_find_all() only. */
	struct enc_machine_try proc;
	struct enc_machine_try allowlists; /* the table of net_host.h */
	/* The kernel's security modules; "" if the list can't be read. */
	char lsm[ENC_MACHINE_TEXT_BYTES];
	/*
	 * A seccomp filter that isn't Enclave's is in force for this process.
	 */
	bool outer_filter;
	struct enc_machine_number settings[ENC_MACHINE_SETTING_MAX];
	struct enc_machine_try gvisor;
	bool has_runsc; /* a runsc was found, maybe a broken one */
	struct enc_machine_try state;
	/*
	 * Free bytes for the state directory; valid if `state` has
	 * ENC_MACHINE_WORKS.
	 */
	uint64_t state_free_bytes;
};

/*
 * enc_machine_find_basics() - find out which of the features are there without
 * which a server can't start
 */
void enc_machine_find_basics(const struct enc_machine *machine,
			     struct enc_machine_facts *ret_facts);

/*
 * enc_machine_find_all() - find out which features this machine has, and read
 * the settings that may explain why one is missing
 */
void enc_machine_find_all(const struct enc_machine *machine,
			  struct enc_machine_facts *ret_facts);

/*
 * enc_machine_setting_name() - return the name of a setting, such as
 * "kernel.yama.ptrace_scope"; static
 */
const char *enc_machine_setting_name(enum enc_machine_setting setting);

#endif
