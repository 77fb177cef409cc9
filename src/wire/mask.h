#ifndef ENC_WIRE_MASK_H
#define ENC_WIRE_MASK_H

/*
 * Theory of operation
 *
 * A mask finds known values in bytes, and puts as many '*' in their place.
 * Lengths stay, so what is around them needn't be framed anew. Each value is
 * found in these forms:
 *
 *	as it is
 *	base64 (RFC 4648), with the ordinary and with the URL alphabet, at the
 *	  three places where it may begin in a group of three bytes. Of the
 *	  characters at both ends, which also encode bytes around the value, it
 *	  leaves up to one each.
 *	hex digits of both cases
 *	percent-encoding, with hex digits of both cases: of every byte, and of
 *	  those that RFC 3986 (unreserved characters, a segment, a value in a
 *	  query, a password), encodeURI(), encodeURIComponent(), quote() of
 *	  Python, PathEscape() of Go or a form (with "+" for a space) encodes
 *	a JSON string: shortest; with "\/"; with escaped "<", ">" and "&"; as Gson,
 *	  System.Text.Json, PHP (JSON_HEX_*) and Django (escapejs) write it; and
 *	  of every byte \u00xx with hex digits of both cases
 *
 * Not found: other encodings (HTML entities, UTF-16, compression, reversed),
 * one encoding of another one, mixed cases, a value with anything in between,
 * and a part of a value.
 *
 * Neither what is held back nor for how long may depend on how much of a value
 * the bytes have: a program could print a guess, watch, and find a value
 * character by character. Two rules see to that:
 *
 *	A stream holds back bytes by the place of the last line end (CR or LF)
 *	and by a constant. No form has a line end in it, so all up to the last
 *	one goes on. Of the line behind it the last H bytes wait for more bytes
 *	or for the end of the stream. H is the least power of two, and at least
 *	512, that isn't shorter than the longest form of any value.
 *
 *	The search does the same work for right and wrong guesses. It hashes
 *	windows of 13 to 78 bytes with a random key, one at each few places, so
 *	that one is within the end of each form. All of a window must be right
 *	before the search does anything else (the hash takes one in hundreds
 *	whose last byte is wrong, too). It has at least 12 bytes of the value,
 *	or fewer if a JSON string escapes many of its bytes, but not all, as
 *	\u00xx; and it ends in the last 15 bytes. So whoever knows all but the
 *	last U bytes has to guess U - 14 of them at once before the search does
 *	more for the right guess. A search that skips bytes by what it has read
 *	would be faster for some texts than for others. There is one exception,
 *	and it tells nothing: windows that have a "%" or "\" in front of each
 *	byte of a value are looked at only where the bytes have such a sign at
 *	all.
 */

#include <stddef.h>
#include <stdint.h>

#include "binding.h"
#include "buf.h"
#include "message.h"

enum {
	ENC_MASK_VALUE_MIN_BYTES = ENC_BINDING_MASKED_MIN_BYTES,
	/* Base64 of the longest name, colon and secret has room. */
	ENC_MASK_VALUE_MAX_BYTES = 12 * 1024,
	ENC_MASK_VALUES_MAX = 2 * ENC_BINDINGS_MAX,
	/* H for the longest value, of which each byte becomes \u00xx. */
	ENC_MASK_HOLD_MAX_BYTES = 128 * 1024,
};

struct enc_mask;

/*
 * enc_mask_matched_fn - a value of @id was masked. Forms of one id that overlap
 * count once.
 */
typedef void enc_mask_matched_fn(void *context, uint32_t id);

/* enc_mask_new() - make a mask without values; the caller has a reference */
struct enc_mask *enc_mask_new(void);

/**
 * enc_mask_add() - add all forms of a value
 * @id:    of the value, for enc_mask_matched_fn; values may share one
 * @value: copied
 *
 * Return: 0; -EINVAL for a value with a line end, or of another length than
 * allowed; -E2BIG if there are too many values, or they are too long; -ENOMEM.
 * After a failure the mask lacks forms and must not be used.
 */
ENC_NODISCARD int enc_mask_add(struct enc_mask *mask, uint32_t id,
			       struct enc_text value);

/*
 * enc_mask_add_binding() - add the secret of a binding, and what stands behind
 * "Basic"; nothing if the binding isn't masked. Return: as enc_mask_add()
 */
ENC_NODISCARD int enc_mask_add_binding(struct enc_mask *mask, uint32_t id,
				       const struct enc_binding *binding);

/* enc_mask_seal() - get ready to search; nothing can be added any more */
void enc_mask_seal(struct enc_mask *mask);

/*
 * enc_mask_ref(), enc_mask_unref() - count references to a sealed mask. The last
 * one that goes wipes and frees it. Both take NULL; enc_mask_unref() returns
 * NULL.
 */
struct enc_mask *enc_mask_ref(struct enc_mask *mask);
struct enc_mask *enc_mask_unref(struct enc_mask *mask);

/* enc_mask_hold_bytes() - H of this mask; 0 for NULL, and for one without values */
size_t enc_mask_hold_bytes(const struct enc_mask *mask);

/**
 * enc_mask_in_place() - mask all of some bytes, as a stream of its own
 * @mask:    NULL masks nothing
 * @matched: may be NULL
 */
void enc_mask_in_place(struct enc_mask *mask, uint8_t *bytes, size_t length,
		       enc_mask_matched_fn *matched, void *context);

/**
 * enc_mask_json() - mask the strings of a JSON text
 * @text: must have passed enc_json_check()
 *
 * Searches each string as it is without its escapes, and masks escapes as a
 * whole, so that the text stays JSON. Numbers stay. Names of an object may
 * become equal.
 */
void enc_mask_json(struct enc_mask *mask, uint8_t *text, size_t length,
		   enc_mask_matched_fn *matched, void *context);

/* The state of masking a stream. */
struct enc_mask_stream {
	struct enc_mask *mask;
	size_t hold;	     /* H */
	struct enc_buf held; /* as it came */
	/* Of each held byte: whether it is masked. NULL: none is. */
	uint8_t *marks;
	size_t next; /* in `held`: where the search goes on */
	uint64_t at; /* place in the stream of the first held byte */
	/*
	 * For each id of the mask: where its last match ends in the stream.
	 * NULL: there was none.
	 */
	uint64_t *until;
	enc_mask_matched_fn *matched;
	void *context;
};

/**
 * enc_mask_stream_init() - begin a stream
 * @mask:    sealed; gets a reference; NULL masks nothing
 * @matched: may be NULL
 *
 * End it with enc_mask_stream_done().
 */
void enc_mask_stream_init(struct enc_mask_stream *stream, struct enc_mask *mask,
			  enc_mask_matched_fn *matched, void *context);

/* enc_mask_stream_done() - wipe and release what a stream has; takes a zeroed one */
void enc_mask_stream_done(struct enc_mask_stream *stream);

/*
 * enc_mask_stream_replace() - search with another mask, or none, from now on,
 * also the bytes that are held
 */
void enc_mask_stream_replace(struct enc_mask_stream *stream,
			     struct enc_mask *mask);

/* enc_mask_held_bytes() - count the held bytes, at most ENC_MASK_HOLD_MAX_BYTES */
size_t enc_mask_held_bytes(const struct enc_mask_stream *stream);

/**
 * enc_mask_feed() - take bytes, and mask those that may go on where they are
 * @bytes: changed. The held bytes are put in front of them, so there have to be
 *         enc_mask_held_bytes() of room
 * @end:   the stream ends behind these bytes, so none is held. Afterwards
 *         another one may begin
 *
 * Return: the bytes that may go on
 */
struct enc_text enc_mask_feed(struct enc_mask_stream *stream, uint8_t *bytes,
			      size_t length, bool end);

#endif
