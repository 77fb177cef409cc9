#include <errno.h>
#include <string.h>
#include <uv.h>

#include "fd.h"
#include "gate_internal.h"
#include "held.h"
#include "ipc.h"
#include "log.h"
#include "vault.h"
#include "vault_link.h"

enum { AT_ONCE = 64 };

struct enc_vault_link {
	struct enc_gate *gate;
	int fd; /* -1: the link has ended */
	uv_poll_t poll;
};

struct message {
	struct enc_vault_head head;
	uint8_t body[ENC_VAULT_BODY_MAX_BYTES];
};

static int withdraw(struct enc_gate *gate, const uint8_t *body, size_t length)
{
	const uint8_t *end = memchr(body, '\0', length);
	struct enc_text org = { (const char *)body, 0 };
	struct enc_text id;

	if (end == NULL) {
		return -EPROTO;
	}
	org.length = (size_t)(end - body);
	id = (struct enc_text){ (const char *)end + 1,
				length - org.length - 1 };
	enc_held_withdraw(gate->held, org, id);
	return 0;
}

static int act(struct enc_gate *gate, const struct message *message,
	       size_t length)
{
	const struct enc_vault_head *head = &message->head;

	if (length < sizeof(*head) || head->reserved != 0 ||
	    head->length != length - sizeof(*head)) {
		return -EPROTO;
	}
	if (head->opcode == ENC_VAULT_WITHDRAWN) {
		return withdraw(gate, message->body, head->length);
	}
	if (head->opcode != ENC_VAULT_BINDING ||
	    head->length > ENC_BINDING_MAX_BYTES) {
		return -EPROTO;
	}
	return enc_held_take(gate->held, message->body, head->length);
}

static void end(struct enc_vault_link *link)
{
	(void)uv_poll_stop(&link->poll);
	enc_fd_close(&link->fd);
	enc_held_lose(link->gate->held);
}

static void on_message(uv_poll_t *poll, int status, int events)
{
	static struct message message; /* static since it is large */
	struct enc_vault_link *link =
		ENC_HOLDER(poll, struct enc_vault_link, poll);

	(void)status;
	(void)events;
	for (int i = 0; i < AT_ONCE; i++) {
		int fd = -1;
		int r = enc_ipc_receive(link->fd, &message, sizeof(message),
					&fd);

		if (r == -EAGAIN) {
			return;
		}
		enc_fd_close(&fd);
		if (r > 0) {
			int acted = act(link->gate, &message, (size_t)r);

			explicit_bzero(&message, (size_t)r);
			if (acted == 0) {
				continue;
			}
			enc_log(ENC_LOG_ERROR, NULL,
				"the vault broke the protocol, ignoring it");
		}
		end(link);
		return;
	}
}

struct enc_vault_link *enc_vault_link_new(struct enc_gate *gate, int fd)
{
	struct enc_vault_link *link = enc_xalloc(sizeof(*link));

	link->gate = gate;
	link->fd = fd;
	enc_gate_watch(gate, &link->poll, fd, UV_READABLE, on_message);
	return link;
}

static void on_closed(uv_handle_t *handle)
{
	free(ENC_HOLDER((uv_poll_t *)handle, struct enc_vault_link, poll));
}

void enc_vault_link_free(struct enc_vault_link *link)
{
	if (link == NULL) {
		return;
	}
	if (link->fd >= 0) {
		end(link);
	}
	uv_close((uv_handle_t *)&link->poll, on_closed);
}
