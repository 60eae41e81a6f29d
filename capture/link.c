#include "capture/link.h"

#include <stdio.h>

static const struct row {
	uint16_t number;
	uint16_t link; /* enum link */
	int16_t dlt;   /* what filters are compiled for */
	const char *name;
} rows[] = {
	{1, LINK_ETHERNET, 1, "Ethernet"},
	{113, LINK_LINUX_SLL, 113, "Linux cooked"},
	{276, LINK_LINUX_SLL2, 276, "Linux cooked v2"},
	{101, LINK_RAW, 12, "raw IP"},
	{12, LINK_RAW, 12, NULL},
	{14, LINK_RAW, 12, NULL},
	{228, LINK_RAW, 12, "IPv4"},
	{229, LINK_RAW, 12, "IPv6"},
	{0, LINK_NULL, 0, "null"},
	{108, LINK_NULL, 0, "loop"},
	{9, LINK_PPP, 9, "PPP"},
	{50, LINK_PPP, 9, "PPP with HDLC framing"},
	{104, LINK_PPP, 9, "Cisco HDLC"},
	{105, LINK_WIRELESS, 105, "802.11"},
	{239, LINK_NFLOG, 239, "netfilter log"},
	{107, LINK_FRAME_RELAY, 107, "frame relay"},
	{127, LINK_RADIOTAP, 127, "802.11 with radiotap"},
};

#define ROWS (sizeof rows / sizeof *rows)

enum link link_of(uint32_t number)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].number == number)
			return (enum link)rows[i].link;
	return LINK_UNKNOWN;
}

int link_dlt(enum link link)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].link == link)
			return rows[i].dlt;
	return -1;
}

const char *link_list(char *out, size_t size)
{
	size_t len = 0;
	out[0] = 0;
	for (size_t i = 0; i < ROWS && len < size; i++)
		if (rows[i].name)
			len += (size_t)snprintf(out + len, size - len, "%s%s (%u)", len ? ", " : "", rows[i].name,
						rows[i].number);
	return out;
}
