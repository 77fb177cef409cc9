#ifndef ENC_LAUNCH_VAULT_H
#define ENC_LAUNCH_VAULT_H

/*
 * Theory of operation
 *
 * The vault has three kinds of links, each a SOCK_SEQPACKET pair. One message is
 * one struct enc_vault_head in host byte order, and `length` bytes behind it.
 * All programs are of the same build on the same machine.
 *
 *	enclave-api              vault              launcher        gate
 *	                         <- API fd --------
 *	                         <- GATE tag, fd --
 *	SEAL  record     ->
 *	                 <- SEALED blob
 *	GRANT tag, blob  ->
 *	                          -- BINDING record ->
 *	                 <- DONE
 *	RETIRE blob      ->
 *	                 <- DONE
 *	REVOKE org, id   ->
 *	                          -- WITHDRAWN org, id ->
 *	                 <- DONE
 *	SIGN statement   ->
 *	                 <- SIGNED signature
 *	KEY              ->
 *	                 <- KEYED public key
 *	                         <- GONE tag ------
 *
 * Each request of enclave-api has a number that its answer repeats: SEALED,
 * SIGNED, KEYED, DONE, or REFUSED with a code and a text for people. Answers
 * may come in any order. DONE comes when each gate concerned has the message in
 * its socket, or has lost its link. REFUSED has one of these codes:
 *
 *	BAD_REQUEST	the record, blob, id or statement is malformed
 *	NOT_FOUND	GRANT: the launcher has named no such tag, or its gate has
 *			lost its link
 *	FORBIDDEN	the blob doesn't open; GRANT: it is of another organisation
 *	CONFLICT	the version is too old, or the id is revoked; SIGN: another
 *			history is signed, or the session is too old to tell
 *	LIMIT		GRANT: the gate has ENC_BINDINGS_MAX; else: the memory is
 *			full for good
 *	BUSY		too much waits for gates that don't read
 *	UNAVAILABLE	the memory can't be written
 *	STORAGE_FULL	the memory can't be written for lack of room
 *
 * The vault doesn't trust enclave-api. It opens a blob only for a tag that the
 * launcher has named, only for the organisation of that tag's first blob, and
 * only in a version that isn't below the least one that it remembers. It writes
 * least versions and revoked ids to its own disk before it answers:
 *
 *	SEAL    of a version below the least, or of a revoked id, is refused. It
 *	        raises nothing, so one whose answer was lost may be repeated.
 *	GRANT   raises the least version to the blob's.
 *	RETIRE  does the same without a gate: after it no older blob opens. Gates
 *	        that have an older version are told WITHDRAWN, unless a GRANT has
 *	        given them this one.
 *	REVOKE  is for ever: an id is never used again.
 *	SIGN    of the same statement gives the same signature again; another one
 *	        about the same session is refused. A session whose statement is
 *	        forgotten, because many others were signed since, is refused,
 *	        too: its id ends with a number, and the greatest forgotten one
 *	        of each organisation is kept.
 *
 * The launcher names a tag before enclave-api hears that it may use it, and the
 * vault reads what the launcher has sent before it reads a request. If the vault
 * dies, its gates drop their records; the next vault gets API and GATE again,
 * and enclave-api grants again. A launcher that names a tag twice breaks the
 * protocol; GONE of an unknown tag does nothing. A gate sends nothing. It may get
 * WITHDRAWN for a binding that it doesn't have. A gate that doesn't read for
 * ENC_VAULT_GATE_MS loses its link.
 *
 * A link is closed after a message that no honest peer sends.
 */

#include <stddef.h>
#include <stdint.h>

#include "def.h"

enum {
	ENC_VAULT_BODY_MAX_BYTES = 100 * 1024,
	ENC_VAULT_SIGNATURE_BYTES = 64, /* Ed25519 (RFC 8032) */
	ENC_VAULT_KEY_BYTES = 32,
	ENC_VAULT_HEAD_BYTES = 32, /* SHA-256 of a log's last line */
	ENC_VAULT_TEXT_BYTES = 64, /* of a statement, with NUL */
	ENC_VAULT_GATES_MAX = 8192,
	ENC_VAULT_GATE_MS = 5000,
};

enum enc_vault_opcode {
	ENC_VAULT_INVALID,
	/* Requests of enclave-api. */
	ENC_VAULT_SEAL,	  /* body: a record (wire/binding.h) */
	ENC_VAULT_GRANT,  /* tag; body: a blob */
	ENC_VAULT_RETIRE, /* body: a blob */
	ENC_VAULT_REVOKE, /* body: organisation, NUL, id */
	ENC_VAULT_SIGN,	  /* body: struct enc_vault_statement */
	ENC_VAULT_KEY,	  /* no body */
	/* Answers to enclave-api. */
	ENC_VAULT_SEALED,  /* body: a blob */
	ENC_VAULT_SIGNED,  /* body: a signature */
	ENC_VAULT_KEYED,   /* body: the public key */
	ENC_VAULT_DONE,	   /* no body */
	ENC_VAULT_REFUSED, /* code; body: a text */
	/* Messages of the launcher. */
	ENC_VAULT_API,	/* with a descriptor: the vault's end of a pair */
	ENC_VAULT_GATE, /* tag, with a descriptor: the vault's end of a pair */
	ENC_VAULT_GONE, /* tag: the session is over */
	/* Messages to a gate. */
	ENC_VAULT_BINDING, /* body: a record; takes the place of an older one */
	ENC_VAULT_WITHDRAWN, /* body: organisation, NUL, id */
	ENC_VAULT_OPCODE_MAX,
};

struct enc_vault_head {
	uint32_t opcode;
	uint32_t code; /* REFUSED: enum enc_code; else 0 */
	uint64_t number;
	uint64_t tag; /* GRANT, GATE, GONE; else 0 */
	uint32_t length;
	uint32_t reserved; /* must be 0 */
};

/*
 * The signed bytes about a sealed log: "enclave-head-v1\n", organisation, 0,
 * session, 0, count (8, big endian), head, time_ms (8, big endian). A text ends
 * with NUL and is filled up with NUL; a session's id ends with '-' and its
 * number.
 */
struct enc_vault_statement {
	char org[ENC_VAULT_TEXT_BYTES];
	char session[ENC_VAULT_TEXT_BYTES];
	uint64_t count; /* lines of the log */
	uint8_t head[ENC_VAULT_HEAD_BYTES];
	int64_t time_ms;
};

#endif
