#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <sys/file.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "fd.h"
#include "ipc.h"
#include "log.h"
#include "vault_internal.h"
#include "vault_run.h"

enum {
	KEYS_MS = 15000,
	LOCK_MS = 5000,
	LOCK_AGAIN_MS = 10,
	POLLED_FIRST = 64,
	POLLED_LINKS = 2,
};

/* ---- the launcher ---- */

/* take_api() - use a new link of enclave-api instead of the former one */
static void take_api(struct enc_vault *vault, int fd)
{
	enc_vault_close_api(vault);
	vault->api = fd;
	vault->api_link++;
}

/*
 * take_order() - do an order of the launcher; false if it breaks the protocol
 */
static bool take_order(struct enc_vault *vault,
		       const struct enc_vault_head *head, int *fd)
{
	struct enc_vault_gate *gate;

	if (head->code != 0 || head->reserved != 0 || head->length != 0) {
		return false;
	}
	if (head->opcode == ENC_VAULT_API && *fd >= 0 && head->tag == 0) {
		take_api(vault, ENC_TAKE_FD(*fd));
		return true;
	}
	if (head->opcode == ENC_VAULT_GATE && *fd >= 0) {
		return enc_vault_gate_add(vault, head->tag, ENC_TAKE_FD(*fd));
	}
	if (head->opcode == ENC_VAULT_GONE && *fd < 0) {
		gate = enc_vault_gate_find(vault, head->tag);
		if (gate != NULL) {
			enc_vault_gate_free(vault, gate);
		}
		return true;
	}
	return false;
}

/* take_orders() - read all that the launcher has sent. Return: 0; -EPIPE at the
 * end; -EPROTO; another negative errno */
static int take_orders(struct enc_vault *vault)
{
	for (;;) {
		enc_autoclose int fd = -1;
		struct enc_vault_head head;
		int r = enc_ipc_receive(vault->launcher, &head, sizeof(head),
					&fd);

		if (r == -EAGAIN) {
			return 0;
		}
		if (r <= 0) {
			return r == 0 ? -EPIPE : r;
		}
		if (r != (int)sizeof(head) || !take_order(vault, &head, &fd)) {
			return -EPROTO;
		}
	}
}

/* ---- enclave-api ---- */

/* take_request() - handle a message; false if no honest enclave-api sends it */
static bool take_request(struct enc_vault *vault, size_t length, int fd)
{
	struct enc_vault_head head;

	if (fd >= 0 || length < sizeof(head)) {
		return false;
	}
	memcpy(&head, vault->in, sizeof(head));
	return head.length == length - sizeof(head) &&
	       enc_vault_handle(vault, &head, vault->in + sizeof(head));
}

/*
 * read_api() - read and handle a request. Return: 0 or a negative errno of the
 * launcher's link
 *
 * The launcher names a session to the vault before enclave-api hears of it. So
 * the vault reads the launcher's link after it has read a request, and before
 * it handles the request.
 */
static int read_api(struct enc_vault *vault)
{
	enc_autoclose int fd = -1;
	uint64_t link = vault->api_link;
	int length = enc_ipc_receive(vault->api, vault->in,
				     ENC_VAULT_MESSAGE_BYTES, &fd);
	int r;

	if (length == -EAGAIN) {
		return 0;
	}
	r = take_orders(vault);
	/*
	 * If a new enclave-api has been named meanwhile, the old one's request
	 * is dropped.
	 */
	if (r == 0 && vault->api_link == link &&
	    (length <= 0 || !take_request(vault, (size_t)length, fd))) {
		if (length != 0) {
			enc_log_limited(
				&vault->api_log, ENC_LOG_ERROR, NULL,
				"enclave-api broke the vault's protocol");
		}
		enc_vault_close_api(vault);
	}
	sodium_memzero(vault->in,
		       length > 0 ? (size_t)length : ENC_VAULT_MESSAGE_BYTES);
	return r;
}

/* ---- the loop ---- */

static void turn_gates(struct enc_vault *vault, int64_t now_ms)
{
	ENC_LIST_EACH(vault->gates, at)
	{
		struct enc_vault_gate *gate =
			ENC_HOLDER(at, struct enc_vault_gate, link);

		/* A gate sends nothing: it has ended, or was taken over. */
		if ((gate->revents & ~POLLOUT) != 0) {
			enc_vault_gate_close(vault, gate);
		} else if (!enc_list_empty(&gate->deliveries)) {
			enc_vault_gate_flush(vault, gate, now_ms);
		}
		gate->revents = 0;
	}
}

/* fill_polled() - list the descriptors to wait for. Return: their number */
static size_t fill_polled(struct enc_vault *vault, bool *ret_full)
{
	size_t count = POLLED_LINKS;

	if (vault->polled_room < vault->gate_count + POLLED_LINKS) {
		free(vault->polled);
		vault->polled_room = 2 * (vault->gate_count + POLLED_FIRST);
		vault->polled =
			enc_xalloc(vault->polled_room * sizeof(*vault->polled));
	}
	vault->polled[0] =
		(struct pollfd){ .fd = vault->launcher, .events = POLLIN };
	vault->polled[1] = (struct pollfd){ .fd = vault->api };
	if (!enc_list_empty(&vault->unread)) {
		vault->polled[1].events = POLLOUT;
	} else if (vault->waiting < ENC_VAULT_WAITING_MAX) {
		vault->polled[1].events = POLLIN;
	}
	*ret_full = false;
	ENC_LIST_EACH(vault->gates, at)
	{
		struct enc_vault_gate *gate =
			ENC_HOLDER(at, struct enc_vault_gate, link);
		bool full = !enc_list_empty(&gate->deliveries);

		*ret_full = *ret_full || full;
		vault->polled[count++] = (struct pollfd){
			.fd = gate->fd,
			.events = (short)(full ? POLLIN | POLLOUT : POLLIN),
		};
	}
	return count;
}

/* wait_events() - wait, and note each gate's events */
static int wait_events(struct enc_vault *vault)
{
	bool full;
	size_t count = fill_polled(vault, &full);
	size_t at_gate = POLLED_LINKS;
	int r = poll(vault->polled, count, full ? ENC_VAULT_GATE_MS / 4 : -1);

	if (r < 0) {
		return errno == EINTR ? 0 : -errno;
	}
	ENC_LIST_EACH(vault->gates, at)
	{
		ENC_HOLDER(at, struct enc_vault_gate, link)->revents =
			vault->polled[at_gate++].revents;
	}
	return 1;
}

/* turn() - one round of the loop. Return: 0 or a negative errno */
static int turn(struct enc_vault *vault)
{
	uint64_t link = vault->api_link;
	short api;
	int r = wait_events(vault);

	if (r <= 0) {
		return r;
	}
	api = vault->polled[1].revents;
	r = take_orders(vault);
	if (r < 0) {
		return r;
	}
	turn_gates(vault, enc_clock_mono_ms());
	if (vault->api < 0 || vault->api_link != link || api == 0) {
		return 0;
	}
	enc_vault_flush_api(vault);
	if ((api & POLLIN) != 0) {
		return read_api(vault);
	}
	if ((api & ~POLLOUT) != 0) {
		enc_vault_close_api(vault);
	}
	return 0;
}

/* ---- the start ---- */

static enum enc_code open_keyring(struct enc_vault *vault, int fd,
				  struct enc_error *err)
{
	char *text = sodium_malloc(ENC_KEYRING_TEXT_MAX_BYTES + 1);
	const char *why = "";
	ssize_t length =
		text == NULL
			? -ENOMEM
			: enc_fd_read_end(fd, text, ENC_KEYRING_TEXT_MAX_BYTES,
					  KEYS_MS);
	int r = (int)length;

	if (length >= 0) {
		r = enc_keyring_parse(text, (size_t)length, &vault->keyring,
				      &why);
	} else {
		why = strerror(-r);
	}
	sodium_free(text);
	return r == 0 ? ENC_OK
		      : enc_fail(err, ENC_UNAVAILABLE,
				 "the master key can't be used: %s", why);
}

/* lock_dir() - wait for the end of a vault that was just killed */
static enum enc_code lock_dir(int dir, struct enc_error *err)
{
	int64_t deadline_ms = enc_clock_mono_ms() + LOCK_MS;

	while (flock(dir, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || enc_clock_mono_ms() > deadline_ms) {
			return enc_fail(err, ENC_UNAVAILABLE,
					"another vault has the memory");
		}
		(void)poll(NULL, 0, LOCK_AGAIN_MS);
	}
	return ENC_OK;
}

static enum enc_code open_vault(struct enc_vault *vault,
				const struct enc_vault_options *options,
				struct enc_error *err)
{
	enum enc_code code;

	if (sodium_init() < 0) {
		return enc_fail(err, ENC_UNAVAILABLE, "libsodium can't start");
	}
	vault->in = sodium_malloc(ENC_VAULT_MESSAGE_BYTES);
	vault->out = sodium_malloc(ENC_VAULT_MESSAGE_BYTES);
	if (vault->in == NULL || vault->out == NULL) {
		return enc_fail(err, ENC_UNAVAILABLE, "there is no memory");
	}
	code = open_keyring(vault, options->keys, err);
	code = code != ENC_OK ? code : lock_dir(options->dir, err);
	return code != ENC_OK
		       ? code
		       : enc_vault_memory_open(options->dir, vault->keyring,
					       options->may_make,
					       &vault->memory, err);
}

static void close_vault(struct enc_vault *vault)
{
	enc_vault_close_api(vault);
	while (!enc_list_empty(&vault->gates)) {
		enc_vault_gate_free(vault,
				    ENC_HOLDER(vault->gates.next,
					       struct enc_vault_gate, link));
	}
	free(vault->polled);
	enc_vault_memory_free(vault->memory);
	enc_keyring_free(vault->keyring);
	sodium_free(vault->in);
	sodium_free(vault->out);
}

/* serve() - the loop. Return: an exit code */
static int serve(struct enc_vault *vault)
{
	int r = 0;

	while (r == 0) {
		r = turn(vault);
	}
	if (r != -EPIPE) {
		enc_log(ENC_LOG_ERROR, NULL, "the loop ends: %s",
			r == -EPROTO ? "the launcher broke the protocol"
				     : strerror(-r));
	}
	return r == -EPIPE ? 0 : EX_SOFTWARE;
}

int enc_vault_run(const struct enc_vault_options *options)
{
	struct enc_vault vault = { .launcher = options->launcher, .api = -1 };
	struct enc_error err = { 0 };
	int keys = options->keys;
	int dir = options->dir;
	int ready = options->ready;
	int exit_code = EX_UNAVAILABLE;
	enum enc_code code;

	enc_list_init(&vault.unread);
	enc_list_init(&vault.gates);
	code = open_vault(&vault, options, &err);
	enc_fd_close(&keys);
	if (code != ENC_OK) {
		enc_log(ENC_LOG_ERROR, NULL, "%s", err.message);
	} else {
		if (ready >= 0) {
			/* The parent may have given up already. */
			ENC_IGNORE(enc_fd_write_all(ready, "", 1));
		}
		enc_fd_close(&ready);
		exit_code = serve(&vault);
	}
	close_vault(&vault);
	enc_fd_close(&ready);
	enc_fd_close(&dir);
	enc_fd_close(&vault.launcher);
	return exit_code;
}
