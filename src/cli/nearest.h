#ifndef ENC_CLI_NEAREST_H
#define ENC_CLI_NEAREST_H

/*
 * Finds the known word that is most similar to a mistyped one, for "did you
 * mean" hints. Pure.
 */

#include <stddef.h>

enum { ENC_NEAREST_BYTES_MAX = 64 };

/**
 * enc_nearest_distance() - count the edits from one word to another
 *
 * An insertion, deletion, substitution or swap of neighbours is one edit.
 *
 * Return: the number of edits; SIZE_MAX if a word is longer than
 * ENC_NEAREST_BYTES_MAX
 */
size_t enc_nearest_distance(const char *from, const char *to);

/*
 * enc_nearest_better() - whether a candidate is the nearest to a word so far
 * @word: as it was typed
 * @best: smallest distance so far, SIZE_MAX at first; updated on 1
 *
 * A candidate may differ from @word by a third of its length, or by two edits
 * if that is more. A @word of 3 or more letters that is the beginning of the
 * candidate has distance 1.
 *
 * Return: 1 if the candidate is nearer than all before, otherwise 0
 */
int enc_nearest_better(const char *word, const char *candidate, size_t *best);

#endif
