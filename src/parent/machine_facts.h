#ifndef ENC_PARENT_MACHINE_FACTS_H
#define ENC_PARENT_MACHINE_FACTS_H

/*
 * What a machine has for sandboxes, as found: features that were tried, and
 * settings that were read. What they mean is machine_judge.h's.
 *
 * Each try is made in a child: nothing of it stays, and a kernel or a
 * container that answers in a way that nobody expects ends the child alone.
 */

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

enum {
	ENC_MACHINE_TEXT_BYTES = 256,
	ENC_MACHINE_NAME_BYTES = 64,
};

/* What is looked at; texts are borrowed. */
struct enc_machine {
	const char *environments;
	const char *state_dir;
	const char *runsc;	  /* the one that was named, or NULL */
	const char *runsc_beside; /* as of enc_runsc_find() */
};

enum enc_machine_outcome {
	ENC_MACHINE_NOT_TRIED, /* this process lacks a right for it */
	ENC_MACHINE_WORKS,
	ENC_MACHINE_FAILS,
};

struct enc_machine_try {
	enum enc_machine_outcome outcome;
	char text[ENC_MACHINE_TEXT_BYTES]; /* found, or why it failed */
};

/* Settings of the kernel, as numbers. */
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
	bool known;  /* false: this kernel has no such setting */
	bool hidden; /* or it may not be read */
	int64_t value;
};

struct enc_machine_facts {
	bool root;
	uint64_t capabilities; /* in force, 1 << CAP_... */
	char kernel[ENC_MACHINE_NAME_BYTES];
	char container[ENC_MACHINE_NAME_BYTES]; /* "docker" ..., "": none */
	struct enc_machine_try cgroups;
	struct enc_machine_try namespaces;
	struct enc_machine_try overlay;
	struct enc_machine_try seccomp;
	struct enc_machine_try network;
	int landlock_abi;
	struct enc_machine_try environments;
	/* From here on only of enc_machine_find_all(). */
	struct enc_machine_try proc;
	char lsm[ENC_MACHINE_TEXT_BYTES]; /* "" if it can't be read */
	bool outer_filter; /* seccomp was on before anything of ours */
	struct enc_machine_number settings[ENC_MACHINE_SETTING_MAX];
	struct enc_machine_try gvisor;
	bool has_runsc; /* one that works or not */
	struct enc_machine_try state;
	uint64_t state_free_bytes; /* if @state works */
};

/* enc_machine_find_basics() - what a server can't do without */
void enc_machine_find_basics(const struct enc_machine *machine,
			     struct enc_machine_facts *ret_facts);

/* enc_machine_find_all() - and all that explains a failure */
void enc_machine_find_all(const struct enc_machine *machine,
			  struct enc_machine_facts *ret_facts);

/* enc_machine_setting_name() - "kernel.yama.ptrace_scope"; static */
const char *enc_machine_setting_name(enum enc_machine_setting setting);

#endif
