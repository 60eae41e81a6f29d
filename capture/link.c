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
	{192, LINK_PPI, 192, "802.11 with PPI"},
	{119, LINK_PRISM, 119, NULL},
	{163, LINK_PRISM, 163, NULL},
	{258, LINK_PKTAP, 258, "PKTAP"},
	{149, LINK_PKTAP, 149, NULL},
	{117, LINK_PFLOG, 117, "pflog"},
	{109, LINK_ENC, 109, NULL},
	{226, LINK_IPNET, 226, NULL},
	{178, LINK_JUNIPER_ETHERNET, 178, "Juniper Ethernet"},
	{179, LINK_JUNIPER_PPP, 179, NULL},
	{181, LINK_JUNIPER_PPP, 179, NULL},
	{240, LINK_NETANALYZER, 240, NULL},
	{241, LINK_NETANALYZER, 241, NULL},
	{197, LINK_ERF, 197, "ERF"},
	{204, LINK_PPP_DIRECTION, 204, NULL},
	{205, LINK_PPP_DIRECTION, 204, NULL},
	{284, LINK_DSA, 284, "DSA"},
	{285, LINK_EDSA, 285, NULL},
	{281, LINK_BROADCOM, 281, NULL},
	{282, LINK_BROADCOM_FRONT, 282, NULL},
	{10, LINK_FDDI, 10, "FDDI"},
	{6, LINK_TOKEN_RING, 6, "token ring"},
	{7, LINK_ARCNET, 7, "ARCNET"},
	{129, LINK_ARCNET_LINUX, 129, NULL},
	{242, LINK_INFINIBAND, 242, "InfiniBand"},
	{122, LINK_FIBRE_CHANNEL, 122, NULL},
	{100, LINK_ATM, 11, "ATM"},
	{11, LINK_ATM, 11, NULL},
	{123, LINK_SUN_ATM, 123, NULL},
	{8, LINK_SLIP, 8, "SLIP"},
	{219, LINK_MPLS, 219, "MPLS"},
	{51, LINK_PPPOE, 51, "PPPoE"},
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
			len += (size_t)snprintf(out + len, size - len, "%s%s", len ? ", " : "", rows[i].name);
	return out;
}
