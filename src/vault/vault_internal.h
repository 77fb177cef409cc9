#ifndef ENC_VAULT_VAULT_INTERNAL_H
#define ENC_VAULT_VAULT_INTERNAL_H

/* Shared by the files of the vault's loop. */

#include "binding.h"
#include "keyring.h"
#include "list.h"
#include "log.h"
#include "sealed.h"
#include "vault.h"
#include "vault_memory.h"

struct pollfd;

enum {
	ENC_VAULT_MESSAGE_BYTES =
		(int)sizeof(struct enc_vault_head) + ENC_VAULT_BODY_MAX_BYTES,
	/* Sealed records that wait for gates that don't read. */
	ENC_VAULT_WAITING_MAX_BYTES = 64 << 20,
	/*
	 * Requests whose answers wait for gates. At this number the vault stops
	 * reading requests.
	 */
	ENC_VAULT_WAITING_MAX = 256,
};

/* An answer that enclave-api hasn't read yet. */
struct enc_vault_unread {
	struct enc_list link;
	size_t length;
	uint8_t bytes[];
};

/* A request that is answered by DONE once all its deliveries are over. */
struct enc_vault_request {
	uint64_t number;
	uint64_t api_link; /* the link that it came by */
	size_t holders;
};

/* A message that a gate hasn't read yet. */
struct enc_vault_delivery {
	struct enc_list link;
	struct enc_vault_request *request;
	enum enc_vault_opcode opcode; /* BINDING or WITHDRAWN */
	size_t length;
	uint8_t bytes[]; /* BINDING: the blob, which is opened to be sent */
};

/* A binding that a gate was given. */
struct enc_vault_given {
	uint64_t version;
	size_t id_length;
	char id[ENC_SEALED_NAME_MAX_BYTES];
};

struct enc_vault_gate {
	struct enc_list link;
	uint64_t tag;
	int fd;		 /* -1: closed; the tag is known until GONE */
	short revents;	 /* of poll() */
	int64_t full_ms; /* time since which it doesn't read; 0: it reads */
	struct enc_list deliveries;
	size_t org_length; /* 0: the first blob decides */
	char org[ENC_SEALED_NAME_MAX_BYTES];
	size_t given_count;
	struct enc_vault_given given[ENC_BINDINGS_MAX];
};

struct enc_vault {
	struct enc_keyring *keyring;
	struct enc_vault_memory *memory;
	int launcher;
	int api;		/* -1: none */
	uint64_t api_link;	/* number of the link */
	struct enc_list unread; /* struct enc_vault_unread */
	size_t waiting;		/* requests with deliveries */
	size_t waiting_bytes;	/* of all deliveries */
	struct enc_list gates;	/* struct enc_vault_gate */
	size_t gate_count;
	/* One message each, in locked memory; wiped after each use. */
	uint8_t *in;
	uint8_t *out;
	struct enc_log_limit api_log;
	struct pollfd *polled;
	size_t polled_room;
};

/* ---- answers to enclave-api ---- */

/* enc_vault_close_api() - close the link; its unread answers are dropped */
void enc_vault_close_api(struct enc_vault *vault);

/* enc_vault_body() - get the buffer for the body of the next message */
uint8_t *enc_vault_body(struct enc_vault *vault);

/*
 * enc_vault_answer() - answer a request; the body is at enc_vault_body(), and
 * mustn't be secret
 */
void enc_vault_answer(struct enc_vault *vault, uint64_t number,
		      enum enc_vault_opcode opcode, size_t length);

void enc_vault_refuse(struct enc_vault *vault, uint64_t number,
		      enum enc_code code, const char *text);

/* enc_vault_flush_api() - send unread answers until the socket is full */
void enc_vault_flush_api(struct enc_vault *vault);

/*
 * enc_vault_request_hold() - begin a request, held by the caller.
 * enc_vault_request_let() - let go of a request; the last holder answers DONE
 */
struct enc_vault_request *enc_vault_request_hold(struct enc_vault *vault,
						 uint64_t number);
void enc_vault_request_let(struct enc_vault *vault,
			   struct enc_vault_request *request);

/* ---- requests ---- */

/*
 * enc_vault_handle() - handle a request; false if no honest enclave-api sends it
 */
bool enc_vault_handle(struct enc_vault *vault,
		      const struct enc_vault_head *head, const uint8_t *body);

/* ---- gates ---- */

/* enc_vault_gate_add() - add a gate; takes @fd. False if the tag is known */
bool enc_vault_gate_add(struct enc_vault *vault, uint64_t tag, int fd);
struct enc_vault_gate *enc_vault_gate_find(struct enc_vault *vault,
					   uint64_t tag);

/* enc_vault_gate_close() - close a gate's link; its deliveries are over */
void enc_vault_gate_close(struct enc_vault *vault, struct enc_vault_gate *gate);
void enc_vault_gate_free(struct enc_vault *vault, struct enc_vault_gate *gate);

/*
 * enc_vault_gate_given() - find the binding of an id that a gate was given;
 * NULL: none
 */
struct enc_vault_given *enc_vault_gate_given(struct enc_vault_gate *gate,
					     struct enc_text org,
					     struct enc_text id);

/* enc_vault_gate_flush() - send deliveries until the socket is full */
void enc_vault_gate_flush(struct enc_vault *vault, struct enc_vault_gate *gate,
			  int64_t now_ms);

/* enc_vault_gate_open() - open a blob into @ret_record. Return: 0 or -EBADMSG */
ENC_NODISCARD int enc_vault_gate_open(const struct enc_vault *vault,
				      const struct enc_sealed *sealed,
				      uint8_t *ret_record);

/*
 * enc_vault_gate_deliver() - send a blob's record, or the body of WITHDRAWN, to a
 * gate, now or when it reads. Return: 0; -EAGAIN if too much waits; -ENOMEM
 */
ENC_NODISCARD int enc_vault_gate_deliver(struct enc_vault *vault,
					 struct enc_vault_gate *gate,
					 struct enc_vault_request *request,
					 enum enc_vault_opcode opcode,
					 const void *bytes, size_t length);

#endif
