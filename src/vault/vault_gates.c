#include <errno.h>
#include <sodium.h>

#include "clock.h"
#include "fd.h"
#include "ipc.h"
#include "log.h"
#include "vault_internal.h"

struct enc_vault_gate *enc_vault_gate_find(struct enc_vault *vault,
					   uint64_t tag)
{
	ENC_LIST_EACH(vault->gates, at)
	{
		struct enc_vault_gate *gate =
			ENC_HOLDER(at, struct enc_vault_gate, link);

		if (gate->tag == tag) {
			return gate;
		}
	}
	return NULL;
}

bool enc_vault_gate_add(struct enc_vault *vault, uint64_t tag, int fd)
{
	struct enc_vault_gate *gate;

	if (enc_vault_gate_find(vault, tag) != NULL) {
		enc_fd_close(&fd);
		return false;
	}
	if (vault->gate_count == ENC_VAULT_GATES_MAX) {
		/* The session's bindings are refused: its tag is unknown. */
		enc_log(ENC_LOG_ERROR, NULL, "there are too many gates");
		enc_fd_close(&fd);
		return true;
	}
	gate = enc_xalloc(sizeof(*gate));
	gate->tag = tag;
	gate->fd = fd;
	enc_list_init(&gate->deliveries);
	enc_list_append(&vault->gates, &gate->link);
	vault->gate_count++;
	return true;
}

static struct enc_vault_delivery *first_delivery(struct enc_vault_gate *gate)
{
	return ENC_HOLDER(gate->deliveries.next, struct enc_vault_delivery,
			  link);
}

static void end_delivery(struct enc_vault *vault,
			 struct enc_vault_delivery *delivery)
{
	enc_list_remove(&delivery->link);
	vault->waiting_bytes -= delivery->length;
	enc_vault_request_let(vault, delivery->request);
	free(delivery);
}

void enc_vault_gate_close(struct enc_vault *vault, struct enc_vault_gate *gate)
{
	/* The gate drops its records with its link. */
	enc_fd_close(&gate->fd);
	gate->given_count = 0;
	gate->full_ms = 0;
	while (!enc_list_empty(&gate->deliveries)) {
		end_delivery(vault, first_delivery(gate));
	}
}

void enc_vault_gate_free(struct enc_vault *vault, struct enc_vault_gate *gate)
{
	enc_vault_gate_close(vault, gate);
	enc_list_remove(&gate->link);
	vault->gate_count--;
	free(gate);
}

struct enc_vault_given *enc_vault_gate_given(struct enc_vault_gate *gate,
					     struct enc_text org,
					     struct enc_text id)
{
	if (gate->org_length != org.length ||
	    memcmp(gate->org, org.bytes, org.length) != 0) {
		return NULL;
	}
	for (size_t i = 0; i < gate->given_count; i++) {
		if (gate->given[i].id_length == id.length &&
		    memcmp(gate->given[i].id, id.bytes, id.length) == 0) {
			return &gate->given[i];
		}
	}
	return NULL;
}

int enc_vault_gate_open(const struct enc_vault *vault,
			const struct enc_sealed *sealed, uint8_t *ret_record)
{
	const struct enc_vault_key *key =
		enc_keyring_find(vault->keyring, sealed->key_id);

	return key == NULL ? -EBADMSG
			   : enc_sealed_open(key, sealed, ret_record);
}

/*
 * write_body() - write the body of a message to a gate. Return: its length; -1
 * if the message is obsolete
 */
static ssize_t write_body(struct enc_vault *vault, enum enc_vault_opcode opcode,
			  const void *bytes, size_t length)
{
	struct enc_sealed sealed;

	if (opcode == ENC_VAULT_WITHDRAWN) {
		memcpy(enc_vault_body(vault), bytes, length);
		return (ssize_t)length;
	}
	/* The binding may have been revoked while this waited. */
	if (enc_sealed_parse(bytes, length, &sealed) < 0 ||
	    sealed.version < enc_vault_memory_least(vault->memory, sealed.org,
						    sealed.id) ||
	    enc_vault_gate_open(vault, &sealed, enc_vault_body(vault)) < 0) {
		return -1;
	}
	return (ssize_t)sealed.length;
}

/* send_gate() - send one message. Return: 0; -EAGAIN; another negative errno */
static int send_gate(struct enc_vault *vault, struct enc_vault_gate *gate,
		     enum enc_vault_opcode opcode, const void *bytes,
		     size_t length)
{
	ssize_t body = write_body(vault, opcode, bytes, length);
	struct enc_vault_head head = { .opcode = opcode,
				       .length = (uint32_t)body };
	int r;

	if (body < 0) {
		return 0;
	}
	memcpy(vault->out, &head, sizeof(head));
	r = enc_ipc_send(gate->fd, vault->out, sizeof(head) + (size_t)body, -1);
	sodium_memzero(vault->out, sizeof(head) + (size_t)body);
	return r;
}

void enc_vault_gate_flush(struct enc_vault *vault, struct enc_vault_gate *gate,
			  int64_t now_ms)
{
	while (!enc_list_empty(&gate->deliveries)) {
		struct enc_vault_delivery *delivery = first_delivery(gate);
		int r = send_gate(vault, gate, delivery->opcode,
				  delivery->bytes, delivery->length);

		if (r == -EAGAIN &&
		    now_ms - gate->full_ms < ENC_VAULT_GATE_MS) {
			return;
		}
		if (r < 0) {
			enc_log(ENC_LOG_WARNING, NULL,
				"a gate lost its link: %s",
				r == -EAGAIN ? "it doesn't read"
					     : strerror(-r));
			enc_vault_gate_close(vault, gate);
			return;
		}
		gate->full_ms = now_ms;
		end_delivery(vault, delivery);
	}
	gate->full_ms = 0;
}

/* queue() - keep a message until the gate reads */
static int queue(struct enc_vault *vault, struct enc_vault_gate *gate,
		 struct enc_vault_request *request,
		 enum enc_vault_opcode opcode, const void *bytes, size_t length)
{
	struct enc_vault_delivery *delivery;

	if (vault->waiting_bytes + length > ENC_VAULT_WAITING_MAX_BYTES) {
		return -EAGAIN;
	}
	delivery = enc_try_alloc(sizeof(*delivery) + length);
	if (delivery == NULL) {
		return -ENOMEM;
	}
	delivery->request = request;
	delivery->opcode = opcode;
	delivery->length = length;
	memcpy(delivery->bytes, bytes, length);
	request->holders++;
	vault->waiting_bytes += length;
	if (enc_list_empty(&gate->deliveries)) {
		gate->full_ms = enc_clock_mono_ms();
	}
	enc_list_append(&gate->deliveries, &delivery->link);
	return 0;
}

int enc_vault_gate_deliver(struct enc_vault *vault, struct enc_vault_gate *gate,
			   struct enc_vault_request *request,
			   enum enc_vault_opcode opcode, const void *bytes,
			   size_t length)
{
	int r = -EAGAIN;

	if (enc_list_empty(&gate->deliveries)) {
		r = send_gate(vault, gate, opcode, bytes, length);
	}
	if (r == -EAGAIN) {
		return queue(vault, gate, request, opcode, bytes, length);
	}
	if (r < 0) {
		enc_vault_gate_close(vault, gate);
	}
	return 0;
}
