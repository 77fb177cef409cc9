#ifndef ENC_SANDBOX_WAY_H
#define ENC_SANDBOX_WAY_H

/*
 * A way is how the sandboxes of one place are made, limited and metered on this
 * machine. way_native.c and way_gvisor.c have one row each. Everything in which
 * ways differ is in these rows, so cells, launcher and enclaved never ask which
 * way it is. A new way is a new file and its line in way.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "cgroup.h"
#include "err.h"
#include "isolation.h"
#include "launch.h"
#include "limit.h"
#include "plan.h"
#include "shown.h"

struct enc_child_way;
struct enc_claim_cell;

/* The parameters with which a way makes one sandbox; borrowed for the call. */
struct enc_way_order {
	const char *language;  /* name of the language, for enclave-init */
	const char *failpoint; /* failpoint of enclave-init; NULL: none */
	const char *facts;     /* absolute path of the tree of facts.h */
	const struct enc_limits *limits; /* limits until CLAIM */
	uint64_t nofile;		 /* limit of open files per process */
	const struct enc_shown *shown;	 /* what the program is told */
};

/*
 * enc_way_plan_fn - plan one sandbox
 * @text: memory for texts of the plan; must live as long as the plan
 *
 * Return: 0 or a negative errno
 */
typedef int enc_way_plan_fn(const struct enc_way_order *order,
			    struct enc_plan *ret_plan, struct enc_buf *text);

/*
 * enc_way_limits_fn - make the limits of the cgroup: those of the program, plus
 * what init, the disk and the way's own kernel need
 */
typedef struct enc_cgroup_limits
enc_way_limits_fn(const struct enc_limits *limits);

/*
 * enc_way_claim_fn - change what follows limits, other than the cgroup
 * @ret_step: on failure only; static
 *
 * Return: 0 or a negative errno
 */
typedef int enc_way_claim_fn(const struct enc_claim_cell *cell,
			     const struct enc_limits *limits,
			     const char **ret_step);

/*
 * enc_way_pids_fn - return the peak number of the program's processes; 0:
 * unknown
 */
typedef uint64_t enc_way_pids_fn(const struct enc_cgroup_counters *counters);

/*
 * enc_way_complaint_fn - find in the end of a log why no sandbox was made; ""
 * if the log has no reason
 */
typedef void enc_way_complaint_fn(const char *log, char *ret_text, size_t room);

/* The program of the host that a way needs. It is found once. */
struct enc_way_program {
	int fd;
	char release[ENC_LAUNCH_NAME_BYTES];
};

/*
 * enc_way_find_fn - find the way's program
 * @named:  absolute path of the only one to be tried, or NULL
 * @beside: path beside enclaved; the file may be missing
 *
 * Return: ENC_OK; ENC_UNAVAILABLE or ENC_NOT_FOUND, and the message says what
 * to do
 */
typedef enum enc_code enc_way_find_fn(const char *named, const char *beside,
				      struct enc_way_program *ret_program,
				      struct enc_error *err);

enum enc_way_network {
	/* The gate makes the namespace and sends it to the child. */
	ENC_WAY_NETWORK_OF_GATE,
	/*
	 * The clone of the child makes the namespace. The gate enters it and
	 * makes the network, and the child waits for that.
	 */
	ENC_WAY_NETWORK_OF_CHILD,
};

struct enc_way {
	const char *name; /* name of the place in the API */
	enum enc_isolation isolation;
	uint32_t layers; /* ENC_LAYER_flags, in addition to those of all ways */
	/*
	 * The limits that the kernel lets a claim change, by ENC_LIMIT_BIT().
	 */
	uint32_t changes;
	/*
	 * The limits that a sandbox adapts to when it starts: a claim can't
	 * tell it of others.
	 */
	uint32_t starts_with;
	/*
	 * Memory of an idle sandbox in bytes, without the memory of its
	 * language.
	 */
	uint64_t idle_bytes;
	/*
	 * Memory of a session's group that the way's own kernel may take, beside
	 * the program's: in all, and for each process.
	 */
	uint64_t kernel_bytes;
	uint64_t process_bytes;
	const char *program; /* name of the child's program, for messages */
	/* Steps of the child: child_internal.h. */
	const struct enc_child_way *child;
	/* Reports before the exec: 1 << enum enc_child_kind. */
	uint32_t reports;
	enum enc_way_network network;
	/* Descriptors of a sandbox are limited by the hard limit of enclaved. */
	bool has_host_files;
	bool has_sentry; /* the way's own kernel runs under an id of its own */
	enc_way_plan_fn *plan;
	enc_way_limits_fn *limits;
	/* Change a sandbox at a claim; NULL: only the cgroup is changed. */
	enc_way_claim_fn *claim;
	enc_way_pids_fn *pids_peak;
	enc_way_complaint_fn *complaint; /* NULL: there is no log */
	enc_way_find_fn *find; /* NULL: no program of the host is needed */
};

extern const struct enc_way enc_way_native;
extern const struct enc_way enc_way_gvisor;

enum {
	ENC_WAYS_MAX = 2,
	ENC_WAY_TEXT_MAX_BYTES = 1 << 17, /* limit of a plan's texts */
};

/* All ways; the strongest isolation is first. */
extern const struct enc_way *const enc_ways[ENC_WAYS_MAX];

/*
 * enc_way_named() - find a way by the first @length bytes of @name; NULL if
 * there is none
 */
const struct enc_way *enc_way_named(const char *name, size_t length);

/*
 * enc_way_lasting() - the limits that are put on a sandbox when it is made, by
 * ENC_LIMIT_BIT(): the kernel enforces them and a claim can't change them
 */
uint32_t enc_way_lasting(const struct enc_way *way);

/*
 * enc_way_fixed() - the limits that a claim must repeat: the lasting ones, and
 * those that the sandbox starts with
 */
uint32_t enc_way_fixed(const struct enc_way *way);

#endif
