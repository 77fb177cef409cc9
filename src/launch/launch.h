#ifndef ENC_LAUNCH_LAUNCH_H
#define ENC_LAUNCH_LAUNCH_H

/*
 * Theory of operation
 *
 * enclave-api, which has no rights, asks the launcher in enclaved, which is
 * root, for sandboxes; both ends and all that may be said are in this room.
 * The channel is a SOCK_SEQPACKET pair; one message is one struct, host byte
 * order, sent by the same build on the same machine. Descriptors come with it
 * as SCM_RIGHTS where the row says so.
 *
 *	enclave-api                         enclaved
 *	                    <- ENVIRONMENT  one per environment, at the start
 *	                    <- PLACE        one per place, at the start
 *	                    <- HOST         what this machine enforces; go
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
 * Until CLAIM a sandbox is held to limits of the launcher's own, so that one
 * may wait for a session for as long as it likes; the CPU that it used until
 * then is charged to nobody.
 *
 * A tag is chosen by enclave-api, not 0 and not in use. The launcher decides
 * why a sandbox ended, from the kernel's counters; enclave-api only writes it
 * down. Requests are denied by default: a row per opcode, exact size, legal
 * in the tag's state, each field re-checked as hostile (launch_check.c). A
 * refused request is answered by FAILED, a message that no honest peer sends
 * ends the channel: enclave-api dies with its sandboxes and is restarted.
 */

#include <stddef.h>
#include <stdint.h>

#include "cause.h"
#include "err.h"
#include "isolation.h"
#include "language.h"
#include "layer.h"
#include "limit.h"

enum {
	ENC_LAUNCH_NAME_BYTES = 64,   /* with NUL */
	ENC_LAUNCH_DIGEST_BYTES = 72, /* "sha256:" and 64 hex digits, NUL */
	ENC_LAUNCH_TEXT_BYTES = 256,
	ENC_LAUNCH_SANDBOXES_MAX = 1024, /* of one enclaved */
	ENC_LAUNCH_ENVIRONMENTS_MAX = 64,
	ENC_LAUNCH_PLACES_MAX = 8,
};

enum enc_launch_opcode {
	ENC_LAUNCH_INVALID, /* an empty message is denied */
	/* from enclave-api */
	ENC_LAUNCH_CREATE,
	ENC_LAUNCH_CLAIM,
	ENC_LAUNCH_START,
	ENC_LAUNCH_KILL,
	ENC_LAUNCH_DESTROY,
	/* from enclaved */
	ENC_LAUNCH_ENVIRONMENT,
	ENC_LAUNCH_PLACE,
	ENC_LAUNCH_HOST,
	ENC_LAUNCH_CREATED,
	ENC_LAUNCH_FAILED,
	ENC_LAUNCH_CLAIMED,
	ENC_LAUNCH_ENDED,
	ENC_LAUNCH_GONE,
	ENC_LAUNCH_OPCODE_MAX,
};

/*
 * Some places can't change a limit of a sandbox that they have made (`fixed` of
 * PLACE): those are of the CREATE, and a CLAIM must have the same.
 */
struct enc_launch_create {
	uint32_t opcode;
	uint32_t environment; /* index, as told by ENVIRONMENT */
	uint64_t tag;
	uint32_t language; /* enum enc_language */
	uint32_t place;	   /* index, as told by PLACE */
	struct enc_limits limits;
};

struct enc_launch_claim {
	uint32_t opcode;
	uint32_t reserved; /* 0 */
	uint64_t tag;
	struct enc_limits limits;
};

/* START, KILL, DESTROY, CLAIMED, GONE */
struct enc_launch_tagged {
	uint32_t opcode;
	uint32_t reserved; /* 0 */
	uint64_t tag;
};

struct enc_launch_environment {
	uint32_t opcode;
	uint32_t index;
	char name[ENC_LAUNCH_NAME_BYTES];
	char digest[ENC_LAUNCH_DIGEST_BYTES];
};

/* Where this launcher can make a sandbox. */
struct enc_launch_place {
	uint32_t opcode;
	uint32_t index;
	uint32_t isolation;  /* enum enc_isolation */
	uint32_t fixed;	     /* ENC_LIMIT_BIT() of the limits of CREATE */
	uint64_t idle_bytes; /* of one that waits, beside its language's */
	char name[ENC_LAUNCH_NAME_BYTES]; /* in the API */
};

struct enc_launch_host {
	uint32_t opcode;
	uint32_t landlock_abi;
	uint32_t orphans_reaped; /* leftovers of a former life, removed */
	uint32_t cores;
	uint64_t memory_bytes; /* of the machine */
	uint32_t sandboxes_max;
	char kernel[ENC_LAUNCH_NAME_BYTES]; /* uname release */
};

/* CREATED carries one descriptor: the control link, SOCK_STREAM. */
struct enc_launch_created {
	uint32_t opcode;
	uint32_t layers; /* of this sandbox */
	uint64_t tag;
	uint32_t init_us; /* stages, for timings: to the inert init */
	uint32_t gate_us; /* to the attached gate */
};

/* FAILED: the step and the object, in words for the log and the user. */
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
	int32_t wait_status; /* of enclave-init, as waitid() tells */
	uint32_t reserved;
	uint64_t counter; /* the one that tells the cause, else 0 */
	uint64_t limit;	  /* what it was held to, same unit */
	uint64_t cpu_us;  /* from CLAIM on */
	uint64_t memory_peak_bytes;
	uint64_t pids_peak;
	uint64_t pids_denied; /* forks refused by the limit */
	uint64_t oom_kills;
	char counter_name[ENC_LAUNCH_NAME_BYTES]; /* "pids.events max" */
	/* Of an end before the program's start: runsc's own reason, or "". */
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
 * enc_launch_check() - whether bytes are a message that this side may send
 * @bytes:       hostile; need not be aligned
 * @ret_message: a zero-padded copy, on success
 *
 * Pure. Checks opcode, exact size, tag, reserved fields, ranges of numbers and
 * that texts end with NUL; not the state of the tag.
 *
 * Return: ENC_OK; ENC_FORBIDDEN; ENC_BAD_REQUEST with the field's name, only
 * for a CREATE whose tag can still be answered
 */
ENC_NODISCARD enum enc_code
enc_launch_check(enum enc_launch_side from, const void *bytes, size_t length,
		 union enc_launch_message *ret_message, struct enc_error *err);

/* enc_launch_size() - bytes of the message with that opcode, 0 if none */
size_t enc_launch_size(uint32_t opcode);

/* enc_launch_opcode_name() - for logs; "?" for what is none */
const char *enc_launch_opcode_name(uint32_t opcode);

/**
 * enc_launch_send() - one message, non-blocking
 * @fd_to_send: a descriptor to go with it, or -1
 *
 * Return: 0; -EAGAIN if the peer doesn't read; another negative errno
 */
ENC_NODISCARD int enc_launch_send(int channel,
				  const union enc_launch_message *message,
				  int fd_to_send);

/**
 * enc_launch_receive() - one message, non-blocking
 * @ret_bytes: at most sizeof(union enc_launch_message)
 * @ret_fd:    a descriptor that came with it, close-on-exec, or -1
 *
 * Return: length; 0 at the end of the channel; -EAGAIN; -EMSGSIZE for one that
 * is too long, or with more than one descriptor, which are then closed
 */
ENC_NODISCARD int enc_launch_receive(int channel, void *ret_bytes, size_t room,
				     int *ret_fd);

#endif
