/* The built-in signature set as the build tool (classify/signatures/compile.c) made it. Constant. */
#ifndef ONLOOKER_CLASSIFY_SIGNATURE_BUILTIN_H
#define ONLOOKER_CLASSIFY_SIGNATURE_BUILTIN_H

#include <stddef.h>

extern const unsigned char signature_builtin_block[];
extern const size_t signature_builtin_len;
extern const char signature_builtin_maker[]; /* tells one layout of compiled sets from another */

#endif
