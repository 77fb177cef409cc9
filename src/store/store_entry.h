#ifndef ENC_STORE_STORE_ENTRY_H
#define ENC_STORE_STORE_ENTRY_H

/*
 * The log of a session is one sequence of entries. Each has a number, a kind,
 * a time and bytes. The number is also the id of the entry's event in a
 * stream. docs/design/structure.md says why.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENC_STORE_ENTRY_MAX_BYTES = 32 * 1024 };

/* The kinds of entries of a session's log. Files have these numbers. */
enum enc_entry_kind {
	ENC_ENTRY_INVALID = 0,
	ENC_ENTRY_PHASE = 1,  /* the name of the phase */
	ENC_ENTRY_STDOUT = 2, /* bytes of the program */
	ENC_ENTRY_STDERR = 3,
	ENC_ENTRY_AUDIT = 4,  /* a line of the audit log, without LF */
	ENC_ENTRY_RESULT = 5, /* no bytes: the result row has it */
	ENC_ENTRY_END = 6,    /* the name of the outcome; the last entry */
	ENC_ENTRY_MAX,
};

/* One entry. Numbers of a session grow from 1 and may have holes. */
struct enc_store_entry {
	uint64_t seq;
	enum enc_entry_kind kind;
	int64_t at_ms; /* wall clock */
	const void *data;
	size_t length; /* at most ENC_STORE_ENTRY_MAX_BYTES */
};

/* Entries of a session. Zeroed it means all of them. */
struct enc_store_page {
	uint64_t from_seq;  /* this entry or the next one behind it */
	unsigned int kinds; /* the sum of 1 << kind; 0: every kind */
	size_t max_entries; /* 0: no limit */
	size_t max_bytes;   /* the entry that reaches it is the last; 0: none */
};

/* @entry is borrowed for the call. Return: whether to go on. */
typedef bool enc_store_entry_fn(void *context,
				const struct enc_store_entry *entry);

#endif
