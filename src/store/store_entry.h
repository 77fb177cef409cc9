#ifndef ENC_STORE_STORE_ENTRY_H
#define ENC_STORE_STORE_ENTRY_H

/*
 * The log of a session is one sequence of entries. Each has a number, a kind, a
 * time and bytes. The number is also the id of the entry's event in a stream.
 * docs/design/structure.md gives the reasons.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENC_STORE_ENTRY_MAX_BYTES = 32 * 1024 };

/*
 * The kinds of entries in a session's log. These numbers are stored in files.
 */
enum enc_entry_kind {
	ENC_ENTRY_INVALID = 0,
	ENC_ENTRY_PHASE = 1,  /* the name of the phase */
	ENC_ENTRY_STDOUT = 2, /* bytes of the program's stdout */
	ENC_ENTRY_STDERR = 3,
	ENC_ENTRY_AUDIT = 4, /* a line of the audit log, without LF */
	/* No bytes; the result is in the table of results. */
	ENC_ENTRY_RESULT = 5,
	ENC_ENTRY_END = 6, /* the name of the outcome; the last entry */
	ENC_ENTRY_MAX,
};

/*
 * An entry of a session's log. The numbers of its entries increase from 1 and
 * may have gaps.
 */
struct enc_store_entry {
	uint64_t seq;
	enum enc_entry_kind kind;
	int64_t at_ms; /* time in milliseconds since 1970 */
	const void *data;
	/* Size of the data, at most ENC_STORE_ENTRY_MAX_BYTES. */
	size_t length;
};

/* Selects entries of a session. A zeroed page selects all of them. */
struct enc_store_page {
	uint64_t from_seq;  /* the lowest number; 0: from the first entry */
	unsigned int kinds; /* sum of 1 << kind; 0: every kind */
	size_t max_entries; /* most entries of a page; 0: no limit */
	/*
	 * The page ends with the entry that reaches this sum of bytes; 0: no
	 * limit.
	 */
	size_t max_bytes;
};

/*
 * Called for each entry. @entry is valid only during the call. Return: false to
 * stop reading.
 */
typedef bool enc_store_entry_fn(void *context,
				const struct enc_store_entry *entry);

#endif
