/* TLS as short as it can be: a ClientHello for h.example, and the first flight of a server with two certificates. */
#ifndef ONLOOKER_TESTS_CLASSIFY_HELLO_H
#define ONLOOKER_TESTS_CLASSIFY_HELLO_H

#define HELLO_RANDOM "RandomRandomRandomRandomRandom32"
#define HELLO_CLIENT                                                   \
	"\x16\3\1\0\x41\1\0\0\x3d\3\3" HELLO_RANDOM "\0\0\2\0\x2f\1\0" \
	"\0\x12\0\0\0\x0e\0\x0c\0\0\x09h.example"
#define HELLO_SERVER                                             \
	"\x16\3\3\0\x2a\2\0\0\x26\3\3" HELLO_RANDOM "\0\0\x2f\0" \
	"\x16\3\3\0\x14\x0b\0\0\x10\0\0\x0d\0\0\6\x30\4\2\2\1\2\0\0\1\x30"
#define HELLO_CLIENT_BYTES (sizeof HELLO_CLIENT - 1)
#define HELLO_SERVER_BYTES (sizeof HELLO_SERVER - 1)

/* What they tell, as lines of the fixtures; the subject stands between. */
#define HELLO_JA3  "771,47,0,,"
#define HELLO_JA4  "t12d010100_002f_"
#define HELLO_JA3S "771,47,"

#endif
