#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "ipc.h"
#include "log.h"
#include "vault_process.h"
#include "vault_role.h"

enum { READY_MS = 30000 };

static const char memory_file[] = "vault/memory";
static const char known_text[] =
	"There is a memory of the vault in vault/memory. See docs/vault.md.\n";

static bool exists(const struct enc_vault_role *vault, const char *name)
{
	return faccessat(vault->options->state->fd, name, F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- a start ---- */

/* start_with_keys() - start the vault; @ready is the write end, or -1 */
static int start_with_keys(struct enc_vault_role *vault, int keys, int ready,
			   pid_t *ret_pid, int *ret_pidfd)
{
	int ends[2];
	int r = enc_ipc_pair(SOCK_SEQPACKET, ends);

	if (r < 0) {
		return r;
	}
	r = enc_vault_start(
		&(struct enc_vault_birth){ .program = vault->options->program,
					   .uid = vault->options->uid,
					   .dir = vault->dir,
					   .launcher = ends[1],
					   .keys = keys,
					   .ready = ready,
					   .make_memory = vault->make_memory },
		ret_pid, ret_pidfd);
	enc_fd_close(&ends[1]);
	if (r < 0) {
		enc_fd_close(&ends[0]);
	} else {
		enc_launcher_vault(vault->options->launcher, ends[0]);
	}
	return r;
}

static int start_vault(void *context, pid_t *ret_pid, int *ret_pidfd)
{
	struct enc_vault_role *vault = context;
	struct enc_error err = { 0 };
	enc_autoclose int keys = -1;
	int ready[2] = { -1, -1 };
	int r = 0;

	if (enc_vault_keys_open(&vault->keys, &keys, &err) != ENC_OK) {
		enc_log(ENC_LOG_ERROR, NULL, "%s", err.message);
		return -ENOKEY;
	}
	if (vault->role.started_ms == 0) {
		r = pipe2(ready, O_CLOEXEC) < 0 ? -errno : 0;
	}
	r = r < 0 ? r
		  : start_with_keys(vault, keys, ready[1], ret_pid, ret_pidfd);
	enc_fd_close(&ready[1]);
	if (r < 0) {
		enc_fd_close(&ready[0]);
	}
	vault->ready = ready[0];
	return r;
}

static void vault_ended(void *context)
{
	struct enc_vault_role *vault = context;

	enc_launcher_vault_gone(vault->options->launcher);
}

static const struct enc_role_row vault_role = {
	.name = "enclave-vault",
	.start = start_vault,
	.ended = vault_ended,
	.kept = true,
};

/* ---- what has to be there ---- */

static enum enc_code check_key(struct enc_vault_role *vault, bool used,
			       struct enc_error *err)
{
	int r;

	if (enc_vault_keys_exist(&vault->keys)) {
		return ENC_OK;
	}
	if (used) {
		return enc_fail(
			err, ENC_UNAVAILABLE,
			"the vault's master key %s/%s is missing: "
			"restore it from a backup, or see docs/vault.md",
			vault->options->state_path, ENC_VAULT_KEY_FILE);
	}
	r = enc_vault_keys_make(&vault->keys);
	return r == 0 ? ENC_OK
		      : enc_fail(err, ENC_UNAVAILABLE, "%s/%s: %s",
				 vault->options->state_path, ENC_VAULT_KEY_FILE,
				 strerror(-r));
}

static enum enc_code check_memory(struct enc_vault_role *vault, bool known,
				  struct enc_error *err)
{
	if (!known || exists(vault, memory_file)) {
		return ENC_OK;
	}
	if (!vault->options->accept_lost_memory) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the vault's memory %s/%s is missing: restore "
				"it from a backup. If it is lost, start once "
				"with --accept-lost-memory: see docs/vault.md",
				vault->options->state_path, memory_file);
	}
	enc_log(ENC_LOG_WARNING, NULL,
		"the vault's memory is lost: records of bindings that were "
		"revoked or replaced open again, as root has accepted");
	return ENC_OK;
}

/* note_known() - write that there is a memory; durable when it returns 0 */
static int note_known(const struct enc_vault_role *vault)
{
	int dir = vault->options->state->fd;
	enc_autoclose int fd =
		openat(dir, ENC_VAULT_KNOWN_FILE,
		       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		       0600);
	int r = fd < 0 ? -errno
		       : enc_fd_write_all(fd, known_text,
					  sizeof(known_text) - 1);

	if (r == 0 && (fsync(fd) < 0 || fsync(dir) < 0)) {
		r = -errno;
	}
	return r;
}

/* wait_ready() - wait until the first vault serves. Return: whether it does */
static bool wait_ready(struct enc_vault_role *vault)
{
	struct pollfd wait = { .fd = vault->ready, .events = POLLIN };
	char byte;
	int r;

	do {
		r = poll(&wait, 1, READY_MS);
	} while (r < 0 && errno == EINTR);
	r = r == 1 && read(vault->ready, &byte, 1) == 1;
	enc_fd_close(&vault->ready);
	return r != 0;
}

static enum enc_code start_first(struct enc_vault_role *vault,
				 struct enc_error *err)
{
	int r = enc_role_start(&vault->role);

	if (r == 0 && !wait_ready(vault)) {
		r = -ECANCELED;
	}
	if (r < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"enclave-vault can't start%s%s",
				r == -ECANCELED || r == -ENOKEY
					? ": see the log above"
					: ": ",
				r == -ECANCELED || r == -ENOKEY ? ""
								: strerror(-r));
	}
	/* The memory exists now. If it is missing later, the start fails. */
	vault->make_memory = false;
	if (!exists(vault, ENC_VAULT_KNOWN_FILE)) {
		r = note_known(vault);
	}
	return r == 0 ? ENC_OK
		      : enc_fail(err, ENC_UNAVAILABLE, "%s/%s: %s",
				 vault->options->state_path,
				 ENC_VAULT_KNOWN_FILE, strerror(-r));
}

enum enc_code enc_vault_role_open(struct enc_vault_role *vault,
				  const struct enc_vault_role_options *options,
				  struct enc_error *err)
{
	enum enc_code code;
	bool known;

	*vault = (struct enc_vault_role){ .options = options, .ready = -1 };
	enc_role_init(&vault->role, &vault_role, vault, options->poller);
	enc_vault_keys_init(&vault->keys, options->state->fd,
			    options->key_command, options->poller);
	if (snprintf(vault->dir, sizeof(vault->dir), "%s/vault",
		     options->state_path) >= (int)sizeof(vault->dir)) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the path of the state directory is too long");
	}
	known = exists(vault, ENC_VAULT_KNOWN_FILE);
	vault->make_memory = !known || options->accept_lost_memory;
	code = enc_state_dir_own(options->state_path, options->state, "vault",
				 options->uid, err);
	code = code != ENC_OK
		       ? code
		       : check_key(vault, known || exists(vault, memory_file),
				   err);
	code = code != ENC_OK ? code : check_memory(vault, known, err);
	code = code != ENC_OK ? code : start_first(vault, err);
	if (code != ENC_OK) {
		enc_vault_role_close(vault);
	}
	return code;
}

void enc_vault_role_close(struct enc_vault_role *vault)
{
	enc_role_stop(&vault->role);
	enc_vault_keys_done(&vault->keys);
	enc_fd_close(&vault->ready);
}
