#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "memory_file.h"
#include "random.h"

enum {
	CHECK_BYTES = 16,
	HEAD_CHECK_BYTES = 32,
	NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	SEALED_BYTES =
		ENC_KEY_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
	END_MARK = 0xe5,
	CHUNK_SLOTS = 512,
};

static const uint8_t magic[4] = { 'E', 'V', 'M', '1' };

struct slot {
	uint8_t key[ENC_MARK_KEY_BYTES];
	uint8_t org[ENC_MARK_KEY_BYTES];
	uint8_t digest[ENC_MARK_KEY_BYTES];
	uint8_t number[8];
	uint8_t kind;
	uint8_t zeros[6];
	uint8_t check[CHECK_BYTES];
	uint8_t end_mark;
};

struct head {
	uint8_t magic[sizeof(magic)];
	uint8_t key_id[ENC_KEY_ID_BYTES];
	uint8_t salt[ENC_MEMORY_SALT_BYTES];
	uint8_t slots[8];
	uint8_t nonce[NONCE_BYTES];
	uint8_t seed[SEALED_BYTES];
	uint8_t zeros[ENC_MEMORY_HEAD_BYTES - sizeof(magic) - ENC_KEY_ID_BYTES -
		      ENC_MEMORY_SALT_BYTES - 8 - NONCE_BYTES - SEALED_BYTES -
		      HEAD_CHECK_BYTES];
	uint8_t check[HEAD_CHECK_BYTES];
};

_Static_assert(sizeof(struct slot) == ENC_MEMORY_SLOT_BYTES, "bytes only");
_Static_assert(sizeof(struct head) == ENC_MEMORY_HEAD_BYTES, "bytes only");

static const struct slot no_slot;

static void put_number(uint8_t ret_bytes[8], uint64_t number)
{
	uint64_t big = htobe64(number);

	memcpy(ret_bytes, &big, sizeof(big));
}

static uint64_t get_number(const uint8_t bytes[8])
{
	uint64_t big;

	memcpy(&big, bytes, sizeof(big));
	return be64toh(big);
}

void enc_memory_file_done(struct enc_memory_file *file)
{
	enc_fd_close(&file->fd);
	sodium_memzero(file, sizeof(*file));
	file->fd = -1;
}

/* ---- checksums ---- */

static void check_head(const struct head *head, const struct enc_vault_key *key,
		       uint8_t ret_check[HEAD_CHECK_BYTES])
{
	ENC_MUST(crypto_generichash(ret_check, HEAD_CHECK_BYTES,
				    (const uint8_t *)head,
				    offsetof(struct head, check), key->memory,
				    sizeof(key->memory)));
}

/* derive_key() - make the key of the slots' checksums, another one per file */
static void derive_key(const struct head *head, const struct enc_vault_key *key,
		       uint8_t ret_key[ENC_KEY_BYTES])
{
	ENC_MUST(crypto_generichash(ret_key, ENC_KEY_BYTES, head->salt,
				    sizeof(head->salt), key->memory,
				    sizeof(key->memory)));
}

/* check_slot() - compute the checksum of a slot at its place in this file */
static void check_slot(const struct enc_memory_file *file, size_t at,
		       const struct slot *slot, uint8_t ret_check[CHECK_BYTES])
{
	crypto_generichash_state state;
	uint8_t place[8];

	put_number(place, at);
	ENC_MUST(crypto_generichash_init(&state, file->key, sizeof(file->key),
					 CHECK_BYTES));
	ENC_MUST(crypto_generichash_update(&state, place, sizeof(place)));
	ENC_MUST(crypto_generichash_update(&state, (const uint8_t *)slot,
					   offsetof(struct slot, check)));
	ENC_MUST(crypto_generichash_final(&state, ret_check, CHECK_BYTES));
	sodium_memzero(&state, sizeof(state));
}

/* ---- reading and writing at a place ---- */

static int read_at(int fd, void *ret_bytes, size_t length, off_t at)
{
	char *to = ret_bytes;

	while (length > 0) {
		ssize_t n = pread(fd, to, length, at);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return n < 0 ? -errno : -EBADMSG;
		}
		to += n;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

static int write_at(int fd, const void *bytes, size_t length, off_t at)
{
	const char *from = bytes;

	while (length > 0) {
		ssize_t n = pwrite(fd, from, length, at);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return -errno;
		}
		from += n;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

static off_t place_of(size_t slot)
{
	return (off_t)(ENC_MEMORY_HEAD_BYTES + slot * ENC_MEMORY_SLOT_BYTES);
}

/* ---- reading ---- */

/* read_head() - read and check the head, and unseal the seed */
static int read_head(struct enc_memory_file *file,
		     const struct enc_keyring *keyring, const char **ret_why)
{
	uint8_t check[HEAD_CHECK_BYTES];
	const struct enc_vault_key *key;
	struct head head;
	struct stat status;
	int r = fstat(file->fd, &status) < 0
			? -errno
			: read_at(file->fd, &head, sizeof(head), 0);

	*ret_why = "its head is damaged";
	if (r < 0 || memcmp(head.magic, magic, sizeof(magic)) != 0) {
		return r < 0 ? r : -EBADMSG;
	}
	key = enc_keyring_find(keyring, head.key_id);
	if (key == NULL) {
		*ret_why = "it belongs to another master key";
		return -ENOKEY;
	}
	check_head(&head, key, check);
	if (sodium_memcmp(check, head.check, sizeof(check)) != 0 ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(
		    file->seed, NULL, NULL, head.seed, sizeof(head.seed),
		    head.salt, sizeof(head.salt), head.nonce, key->wrap) != 0) {
		return -EBADMSG;
	}
	file->slots = get_number(head.slots);
	if (!S_ISREG(status.st_mode) ||
	    status.st_size != place_of(file->slots)) {
		*ret_why = status.st_size > place_of(file->slots)
				   ? "it is longer than it says"
				   : "a part of it is missing";
		return -EBADMSG;
	}
	memcpy(file->key_id, head.key_id, sizeof(file->key_id));
	derive_key(&head, key, file->key);
	return 0;
}

static int visit_slot(const struct slot *slot, enc_memory_visit_fn *visit,
		      void *context)
{
	struct enc_memory_slot read = {
		.kind = (enum enc_memory_kind)slot->kind,
		.number = get_number(slot->number),
	};

	if (slot->kind == ENC_MEMORY_KIND_INVALID ||
	    slot->kind >= ENC_MEMORY_KIND_MAX) {
		return -EBADMSG;
	}
	memcpy(read.key, slot->key, sizeof(read.key));
	memcpy(read.org, slot->org, sizeof(read.org));
	memcpy(read.digest, slot->digest, sizeof(read.digest));
	return visit(context, &read);
}

/* State while the slots are read. */
struct reading {
	struct enc_memory_file *file;
	enc_memory_visit_fn *visit;
	void *context;
	bool ended; /* a free or torn slot was seen: only free ones may follow */
};

static int read_slot(struct reading *reading, size_t at,
		     const struct slot *slot)
{
	struct enc_memory_file *file = reading->file;
	uint8_t check[CHECK_BYTES];

	if (memcmp(slot, &no_slot, sizeof(*slot)) == 0) {
		reading->ended = true;
		return 0;
	}
	if (reading->ended) {
		return -EBADMSG;
	}
	if (slot->end_mark == 0) {
		file->torn = true;
		reading->ended = true;
		return 0;
	}
	check_slot(file, at, slot, check);
	if (slot->end_mark != END_MARK ||
	    sodium_memcmp(check, slot->check, sizeof(check)) != 0) {
		return -EBADMSG;
	}
	file->used++;
	return visit_slot(slot, reading->visit, reading->context);
}

static int read_slots(struct reading *reading)
{
	enc_autofree struct slot *chunk =
		enc_xalloc(CHUNK_SLOTS * sizeof(*chunk));
	size_t slots = reading->file->slots;
	int r = 0;

	for (size_t at = 0; at < slots && r == 0; at += CHUNK_SLOTS) {
		size_t count = ENC_MIN(slots - at, (size_t)CHUNK_SLOTS);

		r = read_at(reading->file->fd, chunk, count * sizeof(*chunk),
			    place_of(at));
		for (size_t i = 0; i < count && r == 0; i++) {
			r = read_slot(reading, at + i, &chunk[i]);
		}
	}
	return r;
}

/*
 * Seven parameters: a place, the keys, a visitor with its context, two results.
 */
/* NOLINTNEXTLINE(readability-function-size) */
int enc_memory_file_read(int dir, const char *name,
			 const struct enc_keyring *keyring,
			 enc_memory_visit_fn *visit, void *context,
			 struct enc_memory_file *ret_file, const char **ret_why)
{
	struct enc_memory_file file = {
		.fd = openat(dir, name,
			     O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
	};
	struct reading reading = { .file = &file,
				   .visit = visit,
				   .context = context };
	int r;

	*ret_why = "it can't be opened";
	if (file.fd < 0) {
		return -errno;
	}
	r = read_head(&file, keyring, ret_why);
	if (r == 0) {
		*ret_why = "a slot is damaged";
		r = read_slots(&reading);
	}
	if (r == 0) {
		*ret_file = file;
		sodium_memzero(&file, sizeof(file));
	} else {
		enc_memory_file_done(&file);
	}
	return r;
}

int enc_memory_file_repair(struct enc_memory_file *file)
{
	int r = write_at(file->fd, &no_slot, sizeof(no_slot),
			 place_of(file->used));

	r = r < 0 ? r : enc_memory_file_sync(file);
	file->torn = file->torn && r < 0;
	return r;
}

/* ---- writing ---- */

static int write_head(struct enc_memory_file *file,
		      const struct enc_vault_key *key)
{
	struct head head = { 0 };

	memcpy(head.magic, magic, sizeof(magic));
	memcpy(head.key_id, key->id, sizeof(head.key_id));
	enc_random_bytes(head.salt, sizeof(head.salt));
	enc_random_bytes(head.nonce, sizeof(head.nonce));
	put_number(head.slots, file->slots);
	ENC_MUST(crypto_aead_xchacha20poly1305_ietf_encrypt(
		head.seed, NULL, file->seed, sizeof(file->seed), head.salt,
		sizeof(head.salt), NULL, head.nonce, key->wrap));
	check_head(&head, key, head.check);
	derive_key(&head, key, file->key);
	return write_at(file->fd, &head, sizeof(head), 0);
}

/*
 * write_free() - write all slots as free ones, so that later writes need no room
 */
static int write_free(const struct enc_memory_file *file)
{
	enc_autofree struct slot *chunk =
		enc_xalloc(CHUNK_SLOTS * sizeof(*chunk));
	int r = 0;

	for (size_t at = 0; at < file->slots && r == 0; at += CHUNK_SLOTS) {
		size_t count = ENC_MIN(file->slots - at, (size_t)CHUNK_SLOTS);

		r = write_at(file->fd, chunk, count * sizeof(*chunk),
			     place_of(at));
	}
	return r;
}

int enc_memory_file_make(int dir, const char *name,
			 const struct enc_vault_key *key,
			 const uint8_t seed[ENC_KEY_BYTES], size_t slots,
			 struct enc_memory_file *ret_file)
{
	struct enc_memory_file file = { .slots = slots };
	int r;

	if (slots > ENC_MEMORY_SLOTS_MAX) {
		return -E2BIG;
	}
	file.fd = openat(dir, name,
			 O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
			 0600);
	if (file.fd < 0) {
		return -errno;
	}
	memcpy(file.seed, seed, sizeof(file.seed));
	memcpy(file.key_id, key->id, sizeof(file.key_id));
	r = write_head(&file, key);
	r = r < 0 ? r : write_free(&file);
	if (r == 0) {
		*ret_file = file;
		sodium_memzero(&file, sizeof(file));
	} else {
		enc_memory_file_done(&file);
	}
	return r;
}

int enc_memory_file_append(struct enc_memory_file *file,
			   const struct enc_memory_slot *slot)
{
	struct slot bytes = { .kind = (uint8_t)slot->kind,
			      .end_mark = END_MARK };
	int r;

	ENC_ASSERT(file->used < file->slots && !file->torn);
	memcpy(bytes.key, slot->key, sizeof(bytes.key));
	memcpy(bytes.org, slot->org, sizeof(bytes.org));
	memcpy(bytes.digest, slot->digest, sizeof(bytes.digest));
	put_number(bytes.number, slot->number);
	check_slot(file, file->used, &bytes, bytes.check);
	r = write_at(file->fd, &bytes, sizeof(bytes), place_of(file->used));
	if (r == 0) {
		file->used++;
	}
	return r;
}

int enc_memory_file_sync(const struct enc_memory_file *file)
{
	return fdatasync(file->fd) < 0 ? -errno : 0;
}
