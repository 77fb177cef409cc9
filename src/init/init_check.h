#ifndef ENC_INIT_INIT_CHECK_H
#define ENC_INIT_INIT_CHECK_H

#include "message.h"

enum { ENC_INIT_CHECK_MS = 20000 };

/**
 * enc_init_check() - the self-check: try each act of probe.h as the program
 * @descriptors_clean: the result of enc_init_check_descriptors(), which must be
 *                     called before init opens a descriptor
 *
 * A child tries the acts and reports each refusal. An act that isn't reported
 * when the child ends, or after ENC_INIT_CHECK_MS, counts as missed. So does an
 * act that fails with an error which isn't a refusal.
 *
 * Return: the result; if no child can be made, every act is missed
 */
struct enc_message_ready enc_init_check(bool descriptors_clean);

/*
 * enc_init_check_descriptors() - whether only 0, 1, 2 and the runner stream are
 * open according to /proc; false if /proc can't be read
 */
bool enc_init_check_descriptors(void);

#endif
