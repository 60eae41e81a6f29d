/* Messages of NTLM in base64: the challenge of SRV1 in EXAMPLE, build 17763, and the answer of alice on DESK7. */
#ifndef ONLOOKER_TESTS_CLASSIFY_NTLM_H
#define ONLOOKER_TESTS_CLASSIFY_NTLM_H

/* clang-format off */
#define NTLM_CHALLENGE \
	"TlRMTVNTUAACAAAADgAOADgAAAABAIECQ0hBTExFTkcAAAAAAAAAAGAAYABGAAAACgBjRQAAAA9FAFgAQQBNAFAATA" \
	"BFAAIADgBFAFgAQQBNAFAATABFAAEACABTAFIAVgAxAAQAFgBlAHgAYQBtAHAAbABlAC4AbwByAGcAAwAgAHMAcgB2" \
	"ADEALgBlAHgAYQBtAHAAbABlAC4AbwByAGcAAAAAAA=="
#define NTLM_ANSWER \
	"TlRMTVNTUAADAAAAAAAAAEgAAAAAAAAASAAAAA4ADgBIAAAACgAKAFYAAAAKAAoAYAAAAAAAAABIAAAAAQAAAgoAYU" \
	"oAAAAPRQBYAEEATQBQAEwARQBhAGwAaQBjAGUARABFAFMASwA3AA=="
/* clang-format on */

/* What they tell, as the dissector fixture writes it. */
#define NTLM_CHALLENGE_TELLS                             \
	"ntlm.version server sender 10.0.17763\n"        \
	"ntlm.computer server sender SRV1\n"             \
	"ntlm.computer server sender srv1.example.org\n" \
	"ntlm.domain server sender EXAMPLE\n"            \
	"ntlm.domain server sender example.org\n"
#define NTLM_ANSWER_TELLS                          \
	"user.name client sender EXAMPLE\\alice\n" \
	"ntlm.computer client sender DESK7\n"      \
	"ntlm.version client sender 10.0.19041\n"

#endif
