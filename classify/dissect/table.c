#include "classify/dissect.h"

extern const struct dissector dissector_tls;
extern const struct dissector dissector_quic;
extern const struct dissector dissector_dtls;
extern const struct dissector dissector_http;
extern const struct dissector dissector_http2;
extern const struct dissector dissector_ssh;
extern const struct dissector dissector_smtp;
extern const struct dissector dissector_ftp;
extern const struct dissector dissector_imap;
extern const struct dissector dissector_pop3;
extern const struct dissector dissector_mysql;
extern const struct dissector dissector_pgsql;
extern const struct dissector dissector_sip;
extern const struct dissector dissector_rtsp;
extern const struct dissector dissector_nntp;
extern const struct dissector dissector_telnet;
extern const struct dissector dhcp_dissector;
extern const struct dissector dhcp6_dissector;
extern const struct dissector mdns_dissector;
extern const struct dissector llmnr_dissector;
extern const struct dissector nbns_dissector;
extern const struct dissector netbios_dissector;
extern const struct dissector smb_dissector;
extern const struct dissector dcerpc_dissector;
extern const struct dissector kerberos_dissector;
extern const struct dissector snmp_dissector;
extern const struct dissector radius_dissector;
extern const struct dissector ssdp_dissector;
extern const struct dissector wsd_dissector;
extern const struct dissector hsrp_dissector;
extern const struct dissector stun_dissector;
extern const struct dissector ntp_dissector;
extern const struct dissector ldap_dissector;
extern const struct dissector dns_dissector;
extern const struct dissector dissector_mqtt;
extern const struct dissector dissector_rdp;
extern const struct dissector dissector_x11;
extern const struct dissector dissector_tds;
extern const struct dissector dissector_xmpp;
extern const struct dissector dissector_adb;
extern const struct dissector dissector_openvpn;
extern const struct dissector dissector_socks;
extern const struct dissector dissector_sieve;
extern const struct dissector dissector_irc;
extern const struct dissector dissector_skinny;
extern const struct dissector dissector_mgcp;
extern const struct dissector dissector_rtcp;
extern const struct dissector dissector_amqp;
extern const struct dissector dissector_bittorrent;
extern const struct dissector dissector_git;
extern const struct dissector dissector_svn;
extern const struct dissector dissector_nats;
extern const struct dissector dissector_nomachine;
extern const struct dissector dissector_stomp;
extern const struct dissector dissector_redis;
extern const struct dissector dissector_memcache;
extern const struct dissector dissector_mongodb;
extern const struct dissector dissector_pptp;
extern const struct dissector dissector_zabbix;
extern const struct dissector dissector_cassandra;
extern const struct dissector dissector_oracle;
extern const struct dissector dissector_kafka;
extern const struct dissector dissector_ike;
extern const struct dissector dissector_l2tp;
extern const struct dissector dissector_wireguard;
extern const struct dissector dissector_sqlbrowser;
extern const struct dissector dissector_opcua;
extern const struct dissector dissector_fox;
extern const struct dissector dissector_dnp3;
extern const struct dissector dissector_enip;
extern const struct dissector dissector_modbus;
extern const struct dissector dissector_iso_tsap;
extern const struct dissector dissector_fins;
extern const struct dissector dissector_codesys;
extern const struct dissector dissector_iec104;
extern const struct dissector dissector_hartip;
extern const struct dissector dissector_bacnet;
extern const struct dissector dissector_knx;
extern const struct dissector dissector_coap;
extern const struct dissector rfb_dissector;
extern const struct dissector rlogin_dissector;
extern const struct dissector rpc_dissector;
extern const struct dissector iscsi_dissector;
extern const struct dissector lpd_dissector;
extern const struct dissector pjl_dissector;
extern const struct dissector syslog_dissector;
extern const struct dissector tftp_dissector;
extern const struct dissector tacacs_dissector;
extern const struct dissector dissector_daemon;
extern const struct dissector dissector_mumble;
extern const struct dissector dissector_ads;
extern const struct dissector dissector_announce;
extern const struct dissector dissector_bitcoin;
extern const struct dissector dissector_capwap;
extern const struct dissector dissector_diameter;
extern const struct dissector dissector_dicom;
extern const struct dissector dissector_drda;
extern const struct dissector dissector_dsi;
extern const struct dissector dissector_game;
extern const struct dissector dissector_h323;
extern const struct dissector dissector_hl7;
extern const struct dissector dissector_iax;
extern const struct dissector dissector_ident;
extern const struct dissector dissector_kasa;
extern const struct dissector dissector_minecraft;
extern const struct dissector dissector_openflow;
extern const struct dissector dissector_openwire;
extern const struct dissector dissector_rx;
extern const struct dissector dissector_smpp;
extern const struct dissector dissector_stratum;
extern const struct dissector dissector_synchrophasor;
extern const struct dissector dissector_xdmcp;
extern const struct dissector dissector_z3950;
extern const struct dissector dissector_edonkey;
extern const struct dissector dissector_sybase;
extern const struct dissector dissector_ipmi;
extern const struct dissector dissector_slp;
extern const struct dissector dissector_ptp;
extern const struct dissector dissector_bgp;
extern const struct dissector dissector_checkmk;
extern const struct dissector dissector_apcupsd;
extern const struct dissector dissector_pjlink;
extern const struct dissector dissector_perforce;
extern const struct dissector dissector_bolt;
extern const struct dissector dissector_clickhouse;
extern const struct dissector dissector_ndmp;
extern const struct dissector dissector_jdwp;
extern const struct dissector dissector_mq;
extern const struct dissector dissector_erlang;
extern const struct dissector dissector_splunk;
extern const struct dissector dissector_nrpe;
extern const struct dissector dissector_bacula;
extern const struct dissector dissector_firebird;
extern const struct dissector dissector_melsec;
extern const struct dissector dissector_dlms;
extern const struct dissector dissector_pcworx;
extern const struct dissector dissector_proconos;
extern const struct dissector dissector_rtps;
extern const struct dissector dissector_pulsar;
extern const struct dissector dissector_rtmp;
extern const struct dissector dissector_asked_line;
extern const struct dissector dissector_gopher;
extern const struct dissector dissector_midst;
extern const struct dissector dissector_simple;
extern const struct dissector dissector_simple_datagram;

/* Order is priority: what is surest by its first octets comes first. */
/* clang-format off */
const struct dissector *const dissector_table[] = {
		&dissector_tls,
	&dissector_quic,
	&dissector_dtls,
	&dissector_http,
	&dissector_http2,
	&dissector_ssh,
	&dissector_smtp,
	&dissector_ftp,
	&dissector_imap,
	&dissector_pop3,
	&dissector_mysql,
	&dissector_pgsql,
	&dissector_sip,
	&dissector_rtsp,
	&dissector_nntp,
	&dissector_telnet,
	&dhcp_dissector,
	&dhcp6_dissector,
	&mdns_dissector,
	&llmnr_dissector,
	&nbns_dissector,
	&netbios_dissector,
	&smb_dissector,
	&dcerpc_dissector,
	&kerberos_dissector,
	&snmp_dissector,
	&radius_dissector,
	&dissector_announce,
	&ssdp_dissector,
	&wsd_dissector,
	&hsrp_dissector,
	&stun_dissector,
	&ntp_dissector,
	&ldap_dissector,
	&dns_dissector,
	&dissector_mqtt,
	&dissector_rdp,
	&dissector_x11,
	&dissector_tds,
	&dissector_xmpp,
	&dissector_adb,
	&dissector_openvpn,
	&dissector_socks,
	&dissector_sieve,
	&dissector_irc,
	&dissector_skinny,
	&dissector_mgcp,
	&dissector_rtcp,
	&dissector_amqp,
	&dissector_bittorrent,
	&dissector_git,
	&dissector_svn,
	&dissector_nats,
	&dissector_nomachine,
	&dissector_stomp,
	&dissector_redis,
	&dissector_memcache,
	&dissector_mongodb,
	&dissector_pptp,
	&dissector_zabbix,
	&dissector_cassandra,
	&dissector_oracle,
	&dissector_kafka,
	&dissector_ike,
	&dissector_l2tp,
	&dissector_wireguard,
	&dissector_sqlbrowser,
	&dissector_opcua,
	&dissector_fox,
	&dissector_dnp3,
	&dissector_enip,
	&dissector_modbus,
	&dissector_iso_tsap,
	&dissector_fins,
	&dissector_codesys,
	&dissector_iec104,
	&dissector_hartip,
	&dissector_bacnet,
	&dissector_knx,
	&dissector_coap,
	&rfb_dissector,
	&rlogin_dissector,
	&rpc_dissector,
	&iscsi_dissector,
	&lpd_dissector,
	&pjl_dissector,
	&syslog_dissector,
	&tftp_dissector,
	&tacacs_dissector,
	&dissector_daemon,
	&dissector_mumble,
	&dissector_ads,
	&dissector_bitcoin,
	&dissector_capwap,
	&dissector_diameter,
	&dissector_dicom,
	&dissector_drda,
	&dissector_dsi,
	&dissector_game,
	&dissector_h323,
	&dissector_hl7,
	&dissector_iax,
	&dissector_ident,
	&dissector_kasa,
	&dissector_minecraft,
	&dissector_openflow,
	&dissector_openwire,
	&dissector_rx,
	&dissector_smpp,
	&dissector_stratum,
	&dissector_synchrophasor,
	&dissector_xdmcp,
	&dissector_z3950,
	&dissector_edonkey,
	&dissector_sybase,
	&dissector_ipmi,
	&dissector_slp,
	&dissector_ptp,
	&dissector_bgp,
	&dissector_checkmk,
	&dissector_apcupsd,
	&dissector_pjlink,
	&dissector_perforce,
	&dissector_bolt,
	&dissector_clickhouse,
	&dissector_ndmp,
	&dissector_jdwp,
	&dissector_mq,
	&dissector_erlang,
	&dissector_splunk,
	&dissector_nrpe,
	&dissector_bacula,
	&dissector_firebird,
	&dissector_melsec,
	&dissector_dlms,
	&dissector_pcworx,
	&dissector_proconos,
	&dissector_rtps,
	&dissector_pulsar,
	&dissector_rtmp,
	&dissector_asked_line,
	&dissector_gopher,
	&dissector_midst,
	&dissector_simple,
	&dissector_simple_datagram,
	NULL,
};
/* clang-format on */
