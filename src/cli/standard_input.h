#ifndef ENC_CLI_STANDARD_INPUT_H
#define ENC_CLI_STANDARD_INPUT_H

#include <stdbool.h>
#include <stdio.h>

/*
 * enc_standard_input_comes() - whether standard input has something for a
 * program that nobody said --stdin for
 * @notes: is told if this function waits
 *
 * A file has. A pipe has, once it can be read or has ended. A pipe that nobody
 * writes to may stay open for ever, as in a job of a CI server, so after three
 * seconds it has nothing. A terminal or another device has nothing.
 */
bool enc_standard_input_comes(FILE *notes);

#endif
