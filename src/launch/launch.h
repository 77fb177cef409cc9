#ifndef ENC_LAUNCH_LAUNCH_H
#define ENC_LAUNCH_LAUNCH_H

/*
 * Theory of operation
 *
 * enclave-api, which has no rights, asks the launcher for sandboxes. The
 * launcher is a part of enclaved and is root. This directory has both ends of
 * their channel and all its messages. The channel is a SOCK_SEQPACKET pair. One
 * message is one struct in host byte order; both ends are of the same build on
 * the same machine. A descriptor comes with a message as SCM_RIGHTS.
 *
 *	enclave-api                         enclaved
 *	                    <- ENVIRONMENT  one per environment, at the start
 *	                    <- PLACE        one per place, at the start
 *	                    <- HOST         the machine; requests may follow
 *	                    <- VAULT        + a link to the vault (vault.h), then
 *	                                    and each time the vault is started
 *	CREATE tag ->
 *	                    <- CREATED tag  + control link to its gate; inert
 *	                     or FAILED tag  nothing is left of it
 *	CLAIM tag ->                        once: a session's limits
 *	                    <- CLAIMED tag  they are in force
 *	START tag ->                        clocks run from here
 *	KILL tag ->                         ends with cause KILLED
 *	                    <- ENDED tag    once: cause and counters
 *	DESTROY tag ->                      at any moment after CREATE
 *	                    <- GONE tag     nothing is left; tag is free again
 *
 * Until CLAIM a sandbox has limits of the launcher's own, so it may wait for a
 * session as long as it likes. CPU time before CLAIM is charged to no session.
 *
 * enclave-api chooses a tag, which must not be 0 or in use. The launcher finds
 * out from the kernel's counters why a sandbox ended; enclave-api only records
 * it. Requests are denied by default: an opcode needs a row, its exact size and
 * a legal state of the tag, and each field is checked as hostile
 * (launch_check.c). A refused request is answered by FAILED. A message that no
 * honest peer sends ends the channel: enclave-api dies with its sandboxes and
 * is restarted.
 */

#include <stddef.h>
#include <stdint.h>

#include "cause.h"
#include "err.h"
#include "isolation.h"
#include "language.h"
#include "layer.h"
#include "limit.h"
#include "outside.h"

enum {
	ENC_LAUNCH_NAME_BYTES = 64,   /* bytes of a name, including NUL */
	ENC_LAUNCH_DIGEST_BYTES = 72, /* "sha256:", 64 hex digits and NUL */
	ENC_LAUNCH_TEXT_BYTES = 256,
	/* Limit of sandboxes of one enclaved. */
	ENC_LAUNCH_SANDBOXES_MAX = 1024,
	ENC_LAUNCH_ENVIRONMENTS_MAX = 64,
	ENC_LAUNCH_PLACES_MAX = 8,
};

enum enc_launch_opcode {
	ENC_LAUNCH_INVALID, /* an empty message is denied */
	/* Requests of enclave-api to enclaved. */
	ENC_LAUNCH_CREATE,
	ENC_LAUNCH_CLAIM,
	ENC_LAUNCH_START,
	ENC_LAUNCH_KILL,
	ENC_LAUNCH_DESTROY,
	/* Reports of enclaved to enclave-api. */
	ENC_LAUNCH_ENVIRONMENT,
	ENC_LAUNCH_PLACE,
	ENC_LAUNCH_HOST,
	ENC_LAUNCH_CREATED,
	ENC_LAUNCH_FAILED,
	ENC_LAUNCH_CLAIMED,
	ENC_LAUNCH_ENDED,
	ENC_LAUNCH_GONE,
	ENC_LAUNCH_VAULT,
	ENC_LAUNCH_OPCODE_MAX,
};

/*
 * Some places can't change a limit once a sandbox is made (`fixed` of PLACE).
 * Then CREATE sets the limit, and CLAIM must repeat its value.
 */
struct enc_launch_create {
	uint32_t opcode;
	uint32_t environment; /* index of an environment, from ENVIRONMENT */
	uint64_t tag;
	uint32_t language; /* enum enc_language */
	uint32_t place;	   /* index of a place, from PLACE */
	struct enc_limits limits;
};

struct enc_launch_claim {
	uint32_t opcode;
	/* ENC_OUTSIDE_flags; with any of them the gate may get sockets */
	uint32_t outside;
	uint64_t tag;
	struct enc_limits limits;
};

/* The messages START, KILL, DESTROY, CLAIMED and GONE; VAULT, with tag 0. */
struct enc_launch_tagged {
	uint32_t opcode;
	uint32_t reserved; /* must be 0 */
	uint64_t tag;
};

struct enc_launch_environment {
	uint32_t opcode;
	uint32_t index;
	char name[ENC_LAUNCH_NAME_BYTES];
	char digest[ENC_LAUNCH_DIGEST_BYTES];
};

/* PLACE: a place where this launcher can make sandboxes. */
struct enc_launch_place {
	uint32_t opcode;
	uint32_t index;
	uint32_t isolation; /* enum enc_isolation */
	uint32_t fixed;	    /* limits that CREATE fixes, by ENC_LIMIT_BIT() */
	/*
	 * Memory of an idle sandbox in bytes, without the memory of its
	 * language.
	 */
	uint64_t idle_bytes;
	/* Memory of a session beside its limits: in all, for each process. */
	uint64_t kernel_bytes;
	uint64_t process_bytes;
	uint64_t open_files_most;	  /* most that a process can get */
	char name[ENC_LAUNCH_NAME_BYTES]; /* name of the place in the API */
};

struct enc_launch_host {
	uint32_t opcode;
	uint32_t landlock_abi;
	/* Sandboxes of an earlier server that were removed. */
	uint32_t orphans_reaped;
	uint32_t cores;
	/* Memory of the machine, or of the group that all sandboxes are in. */
	uint64_t memory_bytes;
	uint32_t sandboxes_max;
	/* 1: sessions may reach something; 0: the kernel can't hold a limit */
	uint32_t egress;
	/* Release of the host's kernel, from uname(2). */
	char kernel[ENC_LAUNCH_NAME_BYTES];
};

/* CREATED comes with a descriptor: the control link, SOCK_STREAM. */
struct enc_launch_created {
	uint32_t opcode;
	uint32_t layers; /* ENC_LAYER_flags of this sandbox */
	uint64_t tag;
	uint32_t init_us; /* time from CREATE until init was inert */
	uint32_t gate_us; /* time from CREATE until the gate was attached */
};

/* FAILED: step and object, as a text for the log and the user. */
struct enc_launch_failed {
	uint32_t opcode;
	uint32_t code; /* enum enc_code */
	uint64_t tag;
	char message[ENC_LAUNCH_TEXT_BYTES];
};

struct enc_launch_ended {
	uint32_t opcode;
	uint32_t cause; /* enum enc_cause */
	uint64_t tag;
	int32_t wait_status; /* end of enclave-init, as from wait(2) */
	uint32_t reserved;
	/* Value of the counter that shows the cause, else 0. */
	uint64_t counter;
	uint64_t limit;	 /* limit of that counter, in the same unit */
	uint64_t cpu_us; /* CPU time since CLAIM */
	uint64_t memory_peak_bytes;
	uint64_t pids_peak;
	uint64_t pids_denied; /* forks refused by the limit */
	uint64_t oom_kills;
	/* Name of the counter, such as "pids.events max". */
	char counter_name[ENC_LAUNCH_NAME_BYTES];
	/* After an end before the start: the reason from runsc's log, or "". */
	char complaint[ENC_LAUNCH_TEXT_BYTES];
};

union enc_launch_message {
	uint32_t opcode;
	struct enc_launch_create create;
	struct enc_launch_claim claim;
	struct enc_launch_tagged tagged;
	struct enc_launch_environment environment;
	struct enc_launch_place place;
	struct enc_launch_host host;
	struct enc_launch_created created;
	struct enc_launch_failed failed;
	struct enc_launch_ended ended;
};

enum enc_launch_side { ENC_LAUNCH_FROM_API, ENC_LAUNCH_FROM_LAUNCHER };

/**
 * enc_launch_check() - check that bytes are a message which this side may send
 * @bytes:       hostile; needn't be aligned
 * @ret_message: a zero-padded copy; set on ENC_OK and ENC_BAD_REQUEST
 *
 * This function is pure. It checks opcode, exact size, tag, reserved fields,
 * ranges of numbers, and that texts end with NUL. It doesn't check the state of
 * the tag.
 *
 * Return: ENC_OK; ENC_FORBIDDEN, and the channel must end; ENC_BAD_REQUEST with
 * the wrong field, only for a CREATE, whose tag gets an answer
 */
ENC_NODISCARD enum enc_code
enc_launch_check(enum enc_launch_side from, const void *bytes, size_t length,
		 union enc_launch_message *ret_message, struct enc_error *err);

/*
 * enc_launch_size() - return the size of the message with this opcode; 0 if
 * there is none
 */
size_t enc_launch_size(uint32_t opcode);

/*
 * enc_launch_opcode_name() - return an opcode's name for the log; "?" if it is
 * unknown
 */
const char *enc_launch_opcode_name(uint32_t opcode);

/**
 * enc_launch_send() - send one message without blocking
 * @fd_to_send: a descriptor that is sent with it, or -1
 *
 * Return: 0; -EAGAIN if the peer doesn't read; another negative errno
 */
ENC_NODISCARD int enc_launch_send(int channel,
				  const union enc_launch_message *message,
				  int fd_to_send);

/**
 * enc_launch_receive() - receive one message without blocking
 * @ret_bytes: at most sizeof(union enc_launch_message)
 * @ret_fd:    a descriptor that came with it, close-on-exec, or -1
 *
 * Return: length; 0 at the end of the channel; -EAGAIN; -EMSGSIZE if the
 * message is too long or has more than one descriptor, which are then closed;
 * another negative errno
 */
ENC_NODISCARD int enc_launch_receive(int channel, void *ret_bytes, size_t room,
				     int *ret_fd);

#endif
