#include <errno.h>
#include <sodium.h>

#include "fd.h"
#include "ipc.h"
#include "log.h"
#include "vault_internal.h"

static struct enc_vault_unread *first_unread(struct enc_vault *vault)
{
	return ENC_HOLDER(vault->unread.next, struct enc_vault_unread, link);
}

static void drop_unread(struct enc_vault_unread *unread)
{
	enc_list_remove(&unread->link);
	free(unread);
}

void enc_vault_close_api(struct enc_vault *vault)
{
	enc_fd_close(&vault->api);
	while (!enc_list_empty(&vault->unread)) {
		drop_unread(first_unread(vault));
	}
}

uint8_t *enc_vault_body(struct enc_vault *vault)
{
	return vault->out + sizeof(struct enc_vault_head);
}

/* send_api() - send one message. Return: false if the socket is full */
static bool send_api(struct enc_vault *vault, const uint8_t *bytes,
		     size_t length)
{
	int r = enc_ipc_send(vault->api, bytes, length, -1);

	if (r < 0 && r != -EAGAIN) {
		enc_vault_close_api(vault);
	}
	return r != -EAGAIN;
}

void enc_vault_flush_api(struct enc_vault *vault)
{
	while (!enc_list_empty(&vault->unread)) {
		struct enc_vault_unread *unread = first_unread(vault);

		if (!send_api(vault, unread->bytes, unread->length)) {
			return;
		}
		if (vault->api < 0) {
			return; /* all unread answers were dropped */
		}
		drop_unread(unread);
	}
}

/* send_out() - send the message in vault->out to enclave-api */
static void send_out(struct enc_vault *vault, const struct enc_vault_head *head)
{
	size_t length = sizeof(*head) + head->length;

	memcpy(vault->out, head, sizeof(*head));
	if (vault->api < 0) {
		return;
	}
	if (!enc_list_empty(&vault->unread) ||
	    !send_api(vault, vault->out, length)) {
		struct enc_vault_unread *unread =
			enc_xalloc(sizeof(*unread) + length);

		unread->length = length;
		memcpy(unread->bytes, vault->out, length);
		enc_list_append(&vault->unread, &unread->link);
	}
}

void enc_vault_answer(struct enc_vault *vault, uint64_t number,
		      enum enc_vault_opcode opcode, size_t length)
{
	send_out(vault, &(struct enc_vault_head){ .opcode = opcode,
						  .number = number,
						  .length = (uint32_t)length });
}

void enc_vault_refuse(struct enc_vault *vault, uint64_t number,
		      enum enc_code code, const char *text)
{
	size_t length = strlen(text);

	memcpy(enc_vault_body(vault), text, length);
	send_out(vault, &(struct enc_vault_head){ .opcode = ENC_VAULT_REFUSED,
						  .code = code,
						  .number = number,
						  .length = (uint32_t)length });
}

struct enc_vault_request *enc_vault_request_hold(struct enc_vault *vault,
						 uint64_t number)
{
	struct enc_vault_request *request = enc_xalloc(sizeof(*request));

	*request = (struct enc_vault_request){ .number = number,
					       .api_link = vault->api_link,
					       .holders = 1 };
	vault->waiting++;
	return request;
}

void enc_vault_request_let(struct enc_vault *vault,
			   struct enc_vault_request *request)
{
	if (--request->holders > 0) {
		return;
	}
	vault->waiting--;
	if (request->api_link == vault->api_link) {
		enc_vault_answer(vault, request->number, ENC_VAULT_DONE, 0);
	}
	free(request);
}
