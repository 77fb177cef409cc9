#include <errno.h>
#include <sodium.h>
#include <unistd.h>

#include "memory_file.h"
#include "random.h"
#include "signed_head.h"
#include "statements.h"
#include "vault_memory.h"

enum { SLOTS_LEAST = 1024 };

static const char new_file[] = ENC_MEMORY_FILE ".new";

/* The object of a key. */
enum key_kind { BINDING = 'b', ORG = 'o', SESSION = 's' };

struct enc_vault_memory {
	int dir; /* borrowed */
	const struct enc_keyring *keyring;
	struct enc_memory_file file;
	bool doubtful; /* a write failed: write a new file before the next one */
	struct enc_marks marks;
	struct enc_statements statements;
	uint8_t names[ENC_KEY_BYTES]; /* key that makes the keys of marks */
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
};

_Static_assert((int)ENC_VAULT_KEY_BYTES == (int)crypto_sign_PUBLICKEYBYTES,
	       "Ed25519");
_Static_assert((int)ENC_VAULT_SIGNATURE_BYTES == (int)crypto_sign_BYTES,
	       "Ed25519");
_Static_assert((int)ENC_VAULT_HEAD_BYTES == (int)ENC_SIGNED_HEAD_HASH_BYTES &&
		       (int)ENC_VAULT_TEXT_BYTES <=
			       (int)ENC_SIGNED_HEAD_ID_MAX_BYTES,
	       "a statement is about a head");

/* make_key() - make the key of a mark or statement; @second may be empty */
static void make_key(const struct enc_vault_memory *memory, enum key_kind kind,
		     struct enc_text first, struct enc_text second,
		     uint8_t ret_key[ENC_MARK_KEY_BYTES])
{
	crypto_generichash_state state;
	const uint8_t before[2] = { (uint8_t)kind, (uint8_t)first.length };

	ENC_ASSERT(first.length <= UINT8_MAX);
	ENC_MUST(crypto_generichash_init(&state, memory->names,
					 sizeof(memory->names),
					 ENC_MARK_KEY_BYTES));
	ENC_MUST(crypto_generichash_update(&state, before, sizeof(before)));
	ENC_MUST(crypto_generichash_update(&state, (const uint8_t *)first.bytes,
					   first.length));
	ENC_MUST(crypto_generichash_update(&state,
					   (const uint8_t *)second.bytes,
					   second.length));
	ENC_MUST(crypto_generichash_final(&state, ret_key, ENC_MARK_KEY_BYTES));
}

/* ---- what is known ---- */

/*
 * reserve_signed() - make room for the mark that the oldest statement raises when
 * it is forgotten. Return: 0; -E2BIG or -ENOMEM
 */
static int reserve_signed(struct enc_vault_memory *memory)
{
	return memory->statements.count < memory->statements.room
		       ? 0
		       : enc_marks_reserve(&memory->marks, 1);
}

/* add_signed() - add a statement; if there is no room, forget the oldest one */
static void add_signed(struct enc_vault_memory *memory,
		       const struct enc_signed *one)
{
	if (memory->statements.count == memory->statements.room) {
		const struct enc_signed *oldest =
			enc_statements_at(&memory->statements, 0);

		enc_marks_put(&memory->marks, oldest->org, oldest->number);
		enc_statements_forget(&memory->statements);
	}
	enc_statements_add(&memory->statements, one);
}

/* on_slot() - take over the content of a slot */
static int on_slot(void *context, const struct enc_memory_slot *slot)
{
	struct enc_vault_memory *memory = context;
	struct enc_signed one = { .number = slot->number };
	int r;

	if (slot->kind == ENC_MEMORY_MARK) {
		r = enc_marks_reserve(&memory->marks, 1);
		if (r == -E2BIG &&
		    enc_marks_get(&memory->marks, slot->key) != 0) {
			r = 0;
		}
		if (r == 0) {
			enc_marks_put(&memory->marks, slot->key, slot->number);
		}
		return r;
	}
	r = reserve_signed(memory);
	if (r < 0 ||
	    enc_statements_find(&memory->statements, slot->key) != NULL) {
		return r < 0 ? r : -EBADMSG;
	}
	memcpy(one.key, slot->key, sizeof(one.key));
	memcpy(one.org, slot->org, sizeof(one.org));
	memcpy(one.digest, slot->digest, sizeof(one.digest));
	add_signed(memory, &one);
	return 0;
}

/* ---- the file ---- */

static int append_mark(struct enc_memory_file *file, const uint8_t *key,
		       uint64_t value)
{
	struct enc_memory_slot slot = { .kind = ENC_MEMORY_MARK,
					.number = value };

	memcpy(slot.key, key, sizeof(slot.key));
	return enc_memory_file_append(file, &slot);
}

static int append_signed(struct enc_memory_file *file,
			 const struct enc_signed *one)
{
	struct enc_memory_slot slot = { .kind = ENC_MEMORY_SIGNED,
					.number = one->number };

	memcpy(slot.key, one->key, sizeof(slot.key));
	memcpy(slot.org, one->org, sizeof(slot.org));
	memcpy(slot.digest, one->digest, sizeof(slot.digest));
	return enc_memory_file_append(file, &slot);
}

/* fill() - write all marks and statements into a new file */
static int fill(const struct enc_vault_memory *memory,
		struct enc_memory_file *file)
{
	int r = 0;

	for (size_t i = 0; i < memory->marks.room && r == 0; i++) {
		const struct enc_mark *mark = &memory->marks.rows[i];

		r = mark->value == 0
			    ? 0
			    : append_mark(file, mark->key, mark->value);
	}
	for (size_t i = 0; i < memory->statements.count && r == 0; i++) {
		r = append_signed(file,
				  enc_statements_at(&memory->statements, i));
	}
	return r < 0 ? r : enc_memory_file_sync(file);
}

/*
 * write_anew() - write all marks and statements, and free slots, to a new file
 * that replaces the old one
 */
static int write_anew(struct enc_vault_memory *memory)
{
	size_t known = memory->marks.count + memory->statements.count;
	struct enc_memory_file file = { .fd = -1 };
	int r = enc_memory_file_make(memory->dir, new_file,
				     &memory->keyring->keys[0],
				     memory->file.seed,
				     ENC_MAX(2 * known, (size_t)SLOTS_LEAST),
				     &file);

	r = r < 0 ? r : fill(memory, &file);
	if (r == 0 &&
	    renameat(memory->dir, new_file, memory->dir, ENC_MEMORY_FILE) < 0) {
		r = -errno;
	}
	if (r < 0) {
		enc_memory_file_done(&file);
		/* The old file is still in its place. */
		ENC_IGNORE(unlinkat(memory->dir, new_file, 0));
		return r;
	}
	enc_memory_file_done(&memory->file);
	memory->file = file;
	sodium_memzero(&file, sizeof(file));
	r = fsync(memory->dir) < 0 ? -errno : 0;
	memory->doubtful = r < 0;
	return r;
}

/* make_room() - have a writable file with a free slot */
static int make_room(struct enc_vault_memory *memory)
{
	return memory->doubtful || memory->file.used == memory->file.slots
		       ? write_anew(memory)
		       : 0;
}

/* settle() - wait until the slot that was appended is durable */
static int settle(struct enc_vault_memory *memory, int r)
{
	r = r < 0 ? r : enc_memory_file_sync(&memory->file);
	memory->doubtful = r < 0;
	return r;
}

/* ---- opening ---- */

/* derive_keys() - derive the keys from the seed of the file */
static void derive_keys(struct enc_vault_memory *memory)
{
	static const uint8_t of_names[] = "names";

	ENC_MUST(crypto_generichash(memory->names, sizeof(memory->names),
				    of_names, sizeof(of_names),
				    memory->file.seed,
				    sizeof(memory->file.seed)));
	ENC_MUST(crypto_sign_seed_keypair(memory->public_key,
					  memory->secret_key,
					  memory->file.seed));
}

/* open_file() - read the file or make it, and bring it into order */
static int open_file(struct enc_vault_memory *memory, bool may_make,
		     const char **ret_why)
{
	int r = enc_memory_file_read(memory->dir, ENC_MEMORY_FILE,
				     memory->keyring, on_slot, memory,
				     &memory->file, ret_why);

	if (r == -ENOENT && may_make) {
		*ret_why = "it can't be made";
		enc_random_bytes(memory->file.seed, sizeof(memory->file.seed));
		return write_anew(memory);
	}
	if (r < 0) {
		return r;
	}
	*ret_why = "it can't be written";
	if (memory->file.torn) {
		r = enc_memory_file_repair(&memory->file);
	}
	if (r == 0 && memcmp(memory->file.key_id, memory->keyring->keys[0].id,
			     ENC_KEY_ID_BYTES) != 0) {
		r = write_anew(memory);
	}
	return r;
}

static enum enc_code explain(int r, const char *why, struct enc_error *err)
{
	if (r == -ENOENT) {
		return enc_fail(
			err, ENC_NOT_FOUND,
			"the vault's memory is missing. Restore it from "
			"a backup, or accept with --accept-lost-memory "
			"that old and revoked bindings open again");
	}
	if (r == -EBADMSG || r == -ENOKEY) {
		return enc_fail(
			err, ENC_INTERNAL,
			"the vault's memory can't be read: %s. Restore "
			"memory and master key from backups of the same "
			"time, or see docs/vault.md",
			why);
	}
	return enc_fail(err,
			r == -ENOSPC || r == -EDQUOT ? ENC_STORAGE_FULL
						     : ENC_UNAVAILABLE,
			"the vault's memory: %s: %s", why, strerror(-r));
}

enum enc_code enc_vault_memory_open(int dir, const struct enc_keyring *keyring,
				    bool may_make,
				    struct enc_vault_memory **ret_memory,
				    struct enc_error *err)
{
	struct enc_vault_memory *memory = sodium_malloc(sizeof(*memory));
	const char *why;
	int r;

	if (memory == NULL) {
		return enc_fail(err, ENC_UNAVAILABLE, "there is no memory");
	}
	memset(memory, 0, sizeof(*memory));
	memory->dir = dir;
	memory->keyring = keyring;
	memory->file.fd = -1;
	memory->marks.count_most = ENC_MEMORY_MARKS_MAX;
	enc_statements_init(&memory->statements, ENC_MEMORY_SIGNED_MAX);
	r = open_file(memory, may_make, &why);
	if (r < 0) {
		enc_vault_memory_free(memory);
		return explain(r, why, err);
	}
	derive_keys(memory);
	*ret_memory = memory;
	return ENC_OK;
}

void enc_vault_memory_free(struct enc_vault_memory *memory)
{
	if (memory == NULL) {
		return;
	}
	enc_memory_file_done(&memory->file);
	enc_marks_done(&memory->marks);
	enc_statements_done(&memory->statements);
	sodium_free(memory);
}

/* ---- bindings ---- */

uint64_t enc_vault_memory_least(const struct enc_vault_memory *memory,
				struct enc_text org, struct enc_text id)
{
	uint8_t key[ENC_MARK_KEY_BYTES];

	make_key(memory, BINDING, org, id, key);
	return enc_marks_get(&memory->marks, key);
}

int enc_vault_memory_raise(struct enc_vault_memory *memory, struct enc_text org,
			   struct enc_text id, uint64_t version)
{
	uint8_t key[ENC_MARK_KEY_BYTES];
	uint64_t least;
	int r;

	make_key(memory, BINDING, org, id, key);
	least = enc_marks_get(&memory->marks, key);
	if (version <= least) {
		return 0;
	}
	r = least != 0 ? 0 : enc_marks_reserve(&memory->marks, 1);
	r = r < 0 ? r : make_room(memory);
	if (r < 0) {
		return r;
	}
	r = settle(memory, append_mark(&memory->file, key, version));
	if (r == 0) {
		enc_marks_put(&memory->marks, key, version);
	}
	return r;
}

/* ---- signing ---- */

void enc_vault_memory_public_key(const struct enc_vault_memory *memory,
				 uint8_t ret_key[ENC_VAULT_KEY_BYTES])
{
	memcpy(ret_key, memory->public_key, ENC_VAULT_KEY_BYTES);
}

/* read_text() - find a text that isn't empty and is padded with NULs */
static bool read_text(const char bytes[ENC_VAULT_TEXT_BYTES],
		      struct enc_text *ret_text)
{
	size_t length = strnlen(bytes, ENC_VAULT_TEXT_BYTES);

	for (size_t i = length; i < ENC_VAULT_TEXT_BYTES; i++) {
		if (bytes[i] != '\0') {
			return false;
		}
	}
	*ret_text = (struct enc_text){ .bytes = bytes, .length = length };
	return length > 0 && length < ENC_VAULT_TEXT_BYTES;
}

/* read_number() - read the number at the end of a session's id */
static bool read_number(const char *session, uint64_t *ret_number)
{
	const char *dash = strrchr(session, '-');
	char *end;

	if (dash == NULL || dash[1] < '1' || dash[1] > '9') {
		return false;
	}
	errno = 0;
	*ret_number = strtoull(dash + 1, &end, 10);
	return *end == '\0' && errno == 0;
}

/*
 * remember() - make a statement durable, or refuse a second one about its
 * session
 */
static int remember(struct enc_vault_memory *memory,
		    const struct enc_signed *one)
{
	const struct enc_signed *known =
		enc_statements_find(&memory->statements, one->key);
	int r;

	if (known != NULL) {
		return memcmp(known->digest, one->digest,
			      sizeof(one->digest)) == 0
			       ? 0
			       : -EEXIST;
	}
	if (one->number <= enc_marks_get(&memory->marks, one->org)) {
		return -ESTALE;
	}
	r = reserve_signed(memory);
	r = r < 0 ? r : make_room(memory);
	if (r < 0) {
		return r;
	}
	r = settle(memory, append_signed(&memory->file, one));
	if (r == 0) {
		add_signed(memory, one);
	}
	return r;
}

int enc_vault_memory_sign(struct enc_vault_memory *memory,
			  const struct enc_vault_statement *statement,
			  uint8_t ret_signature[ENC_VAULT_SIGNATURE_BYTES])
{
	uint8_t text[ENC_SIGNED_HEAD_MAX_BYTES];
	struct enc_signed_head head = { .org = statement->org,
					.session = statement->session,
					.count = statement->count,
					.time_ms = statement->time_ms };
	struct enc_signed one;
	struct enc_text org;
	struct enc_text session;
	size_t length;
	int r;

	if (!read_text(statement->org, &org) ||
	    !read_text(statement->session, &session) ||
	    !read_number(statement->session, &one.number)) {
		return -EINVAL;
	}
	make_key(memory, SESSION, org, session, one.key);
	make_key(memory, ORG, org, (struct enc_text){ .bytes = "" }, one.org);
	memcpy(head.hash, statement->head, sizeof(head.hash));
	length = enc_signed_head_write(&head, text);
	ENC_MUST(crypto_generichash(one.digest, sizeof(one.digest), text,
				    length, NULL, 0));
	r = remember(memory, &one);
	if (r == 0) {
		ENC_MUST(crypto_sign_detached(ret_signature, NULL, text, length,
					      memory->secret_key));
	}
	return r;
}
