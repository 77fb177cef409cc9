#ifndef ENC_SANDBOX_WAY_H
#define ENC_SANDBOX_WAY_H

/*
 * A way is how the sandboxes of one place are made, held and counted on this
 * machine: way_native.c, way_gvisor.c. Whatever differs between them is in
 * their rows, so that cells, the launcher and enclaved never ask which way it
 * is. Another way is a file and its line in way.c.
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

struct enc_child_way;

/* What one sandbox is to be made of; all borrowed for the call. */
struct enc_way_order {
	const char *language;		 /* a word for enclave-init */
	const char *failpoint;		 /* of enclave-init's; NULL: none */
	const char *facts;		 /* the tree of facts.h, absolute */
	const struct enc_limits *limits; /* what it is held to until CLAIM */
	uint64_t nofile;		 /* open files of each process */
};

/*
 * enc_way_plan_fn - the steps of one sandbox
 * @text: what a step takes from here, borrowed by the plan
 *
 * Return: 0 or a negative errno
 */
typedef int enc_way_plan_fn(const struct enc_way_order *order,
			    struct enc_plan *ret_plan, struct enc_buf *text);

/*
 * enc_way_limits_fn - as the cgroup is told: init, disk, and what the way's own
 * kernel needs, come on top
 */
typedef struct enc_cgroup_limits
enc_way_limits_fn(const struct enc_limits *limits);

/*
 * enc_way_claim_fn - what changes beside the cgroup; @work is the mount of /work
 *
 * Return: 0 or a negative errno
 */
typedef int enc_way_claim_fn(int work, const struct enc_limits *limits);

/* enc_way_pids_fn - the most processes that the program had; 0: unknown */
typedef uint64_t enc_way_pids_fn(const struct enc_cgroup_counters *counters);

/*
 * enc_way_complaint_fn - why there is no sandbox, from the end of its log; ""
 * if the log doesn't say
 */
typedef void enc_way_complaint_fn(const char *log, char *ret_text, size_t room);

/* A program that a way needs, and finds once. */
struct enc_way_program {
	int fd;
	char release[ENC_LAUNCH_NAME_BYTES];
};

/*
 * enc_way_find_fn - the program that is named, or a good one
 * @named:  an absolute path, or NULL
 * @beside: the one beside enclaved; it need not exist
 *
 * Return: ENC_OK; ENC_UNAVAILABLE and ENC_NOT_FOUND say what to do
 */
typedef enum enc_code enc_way_find_fn(const char *named, const char *beside,
				      struct enc_way_program *ret_program,
				      struct enc_error *err);

enum enc_way_network {
	/* The gate makes the namespace and sends it to the child. */
	ENC_WAY_NETWORK_OF_GATE,
	/*
	 * The child is born in it; the gate enters it and lays the network,
	 * which the child waits for.
	 */
	ENC_WAY_NETWORK_OF_CHILD,
};

struct enc_way {
	const char *name; /* of the place, in the API */
	enum enc_isolation isolation;
	uint32_t layers;     /* ENC_LAYER_flags beside those of all ways */
	uint32_t changes;    /* by ENC_LIMIT_BIT(): what a claim may change */
	uint64_t idle_bytes; /* of one that waits, beside its language's */
	const char *program; /* what the child becomes: a name for messages */
	const struct enc_child_way *child; /* child_internal.h */
	uint32_t reports; /* 1 << enum enc_child_kind: all before the exec */
	enum enc_way_network network;
	bool has_sentry; /* a kernel of its own runs under an id of its own */
	enc_way_plan_fn *plan;
	enc_way_limits_fn *limits;
	enc_way_claim_fn *claim; /* NULL: nothing else changes */
	enc_way_pids_fn *pids_peak;
	enc_way_complaint_fn *complaint; /* NULL: it has no log */
	enc_way_find_fn *find; /* NULL: it needs no program of the host's */
};

extern const struct enc_way enc_way_native;
extern const struct enc_way enc_way_gvisor;

enum {
	ENC_WAYS_MAX = 2,
	ENC_WAY_TEXT_MAX_BYTES = 1 << 17, /* of a plan */
};

/* The best one first. */
extern const struct enc_way *const enc_ways[ENC_WAYS_MAX];

/* enc_way_named() - by the first @length bytes of @name; NULL if none */
const struct enc_way *enc_way_named(const char *name, size_t length);

/*
 * enc_way_fixed() - the limits that a sandbox is made with, by ENC_LIMIT_BIT():
 * all that the kernel enforces and a claim doesn't change
 */
uint32_t enc_way_fixed(const struct enc_way *way);

#endif
