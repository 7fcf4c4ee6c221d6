/* SPDX-License-Identifier: Apache-2.0 */
/* rules/events.h - what decoder, stream and protocol detection can find wrong, by Suricata's names.
 *
 * The only place where they are named. Decode and stream events are bits of
 * struct packet.events, those of protocol detection bits of struct
 * flow_facts.app_events. Constant data, any thread.
 */
#ifndef RULES_EVENTS_H
#define RULES_EVENTS_H

#define DECODE_EVENT_LIST(X) \
	X(AFPACKET_TRUNC_PKT, "afpacket.trunc_pkt") \
	X(ARP_INVALID_HARDWARE_SIZE, "arp.invalid_hardware_size") \
	X(ARP_INVALID_PKT, "arp.invalid_pkt") \
	X(ARP_INVALID_PROTOCOL_SIZE, "arp.invalid_protocol_size") \
	X(ARP_PKT_TOO_SMALL, "arp.pkt_too_small") \
	X(ARP_UNSUPPORTED_HARDWARE, "arp.unsupported_hardware") \
	X(ARP_UNSUPPORTED_OPCODE, "arp.unsupported_opcode") \
	X(ARP_UNSUPPORTED_PROTOCOL, "arp.unsupported_protocol") \
	X(CHDLC_PKT_TOO_SMALL, "chdlc.pkt_too_small") \
	X(DCE_PKT_TOO_SMALL, "dce.pkt_too_small") \
	X(ERSPAN_HEADER_TOO_SMALL, "erspan.header_too_small") \
	X(ERSPAN_TOO_MANY_VLAN_LAYERS, "erspan.too_many_vlan_layers") \
	X(ERSPAN_UNSUPPORTED_VERSION, "erspan.unsupported_version") \
	X(ESP_PKT_TOO_SMALL, "esp.pkt_too_small") \
	X(ETAG_HEADER_TOO_SMALL, "etag.header_too_small") \
	X(ETAG_UNKNOWN_TYPE, "etag.unknown_type") \
	X(ETHERNET_PKT_TOO_SMALL, "ethernet.pkt_too_small") \
	X(ETHERNET_UNKNOWN_ETHERTYPE, "ethernet.unknown_ethertype") \
	X(GENEVE_UNKNOWN_PAYLOAD_TYPE, "geneve.unknown_payload_type") \
	X(GRE_PKT_TOO_SMALL, "gre.pkt_too_small") \
	X(GRE_VERSION0_FLAGS, "gre.version0_flags") \
	X(GRE_VERSION0_HDR_TOO_BIG, "gre.version0_hdr_too_big") \
	X(GRE_VERSION0_MALFORMED_SRE_HDR, "gre.version0_malformed_sre_hdr") \
	X(GRE_VERSION0_RECUR, "gre.version0_recur") \
	X(GRE_VERSION1_CHKSUM, "gre.version1_chksum") \
	X(GRE_VERSION1_FLAGS, "gre.version1_flags") \
	X(GRE_VERSION1_HDR_TOO_BIG, "gre.version1_hdr_too_big") \
	X(GRE_VERSION1_MALFORMED_SRE_HDR, "gre.version1_malformed_sre_hdr") \
	X(GRE_VERSION1_NO_KEY, "gre.version1_no_key") \
	X(GRE_VERSION1_RECUR, "gre.version1_recur") \
	X(GRE_VERSION1_ROUTE, "gre.version1_route") \
	X(GRE_VERSION1_SSR, "gre.version1_ssr") \
	X(GRE_VERSION1_WRONG_PROTOCOL, "gre.version1_wrong_protocol") \
	X(GRE_WRONG_VERSION, "gre.wrong_version") \
	X(ICMPV4_IPV4_TRUNC_PKT, "icmpv4.ipv4_trunc_pkt") \
	X(ICMPV4_IPV4_UNKNOWN_VER, "icmpv4.ipv4_unknown_ver") \
	X(ICMPV4_PKT_TOO_SMALL, "icmpv4.pkt_too_small") \
	X(ICMPV4_UNKNOWN_CODE, "icmpv4.unknown_code") \
	X(ICMPV4_UNKNOWN_TYPE, "icmpv4.unknown_type") \
	X(ICMPV6_EXPERIMENTATION_TYPE, "icmpv6.experimentation_type") \
	X(ICMPV6_IPV6_TRUNC_PKT, "icmpv6.ipv6_trunc_pkt") \
	X(ICMPV6_IPV6_UNKNOWN_VERSION, "icmpv6.ipv6_unknown_version") \
	X(ICMPV6_MLD_MESSAGE_WITH_INVALID_HL, "icmpv6.mld_message_with_invalid_hl") \
	X(ICMPV6_PKT_TOO_SMALL, "icmpv6.pkt_too_small") \
	X(ICMPV6_UNASSIGNED_TYPE, "icmpv6.unassigned_type") \
	X(ICMPV6_UNKNOWN_CODE, "icmpv6.unknown_code") \
	X(ICMPV6_UNKNOWN_TYPE, "icmpv6.unknown_type") \
	X(IEEE8021AH_HEADER_TOO_SMALL, "ieee8021ah.header_too_small") \
	X(IGMP_MALFORMED, "igmp.malformed") \
	X(IGMP_PKT_TOO_SMALL, "igmp.pkt_too_small") \
	X(IGMP_V3_PKT_TOO_SMALL, "igmp.v3_pkt_too_small") \
	X(IPRAW_INVALID_IP_VERSION, "ipraw.invalid_ip_version") \
	X(IPV4_FRAG_IGNORED, "ipv4.frag_ignored") \
	X(IPV4_FRAG_OVERLAP, "ipv4.frag_overlap") \
	X(IPV4_FRAG_PKT_TOO_LARGE, "ipv4.frag_pkt_too_large") \
	X(IPV4_HLEN_TOO_SMALL, "ipv4.hlen_too_small") \
	X(IPV4_ICMPV6, "ipv4.icmpv6") \
	X(IPV4_IPLEN_SMALLER_THAN_HLEN, "ipv4.iplen_smaller_than_hlen") \
	X(IPV4_OPT_DUPLICATE, "ipv4.opt_duplicate") \
	X(IPV4_OPT_EOL_REQUIRED, "ipv4.opt_eol_required") \
	X(IPV4_OPT_INVALID, "ipv4.opt_invalid") \
	X(IPV4_OPT_INVALID_LEN, "ipv4.opt_invalid_len") \
	X(IPV4_OPT_MALFORMED, "ipv4.opt_malformed") \
	X(IPV4_OPT_PAD_REQUIRED, "ipv4.opt_pad_required") \
	X(IPV4_OPT_UNKNOWN, "ipv4.opt_unknown") \
	X(IPV4_PKT_TOO_SMALL, "ipv4.pkt_too_small") \
	X(IPV4_TRUNC_PKT, "ipv4.trunc_pkt") \
	X(IPV4_UNKNOWN_PROTOCOL, "ipv4.unknown_protocol") \
	X(IPV4_WRONG_IP_VERSION, "ipv4.wrong_ip_version") \
	X(IPV6_DATA_AFTER_NONE_HEADER, "ipv6.data_after_none_header") \
	X(IPV6_DSTOPTS_ONLY_PADDING, "ipv6.dstopts_only_padding") \
	X(IPV6_DSTOPTS_UNKNOWN_OPT, "ipv6.dstopts_unknown_opt") \
	X(IPV6_EXTHDR_AH_RES_NOT_NULL, "ipv6.exthdr_ah_res_not_null") \
	X(IPV6_EXTHDR_DUPL_AH, "ipv6.exthdr_dupl_ah") \
	X(IPV6_EXTHDR_DUPL_DH, "ipv6.exthdr_dupl_dh") \
	X(IPV6_EXTHDR_DUPL_EH, "ipv6.exthdr_dupl_eh") \
	X(IPV6_EXTHDR_DUPL_FH, "ipv6.exthdr_dupl_fh") \
	X(IPV6_EXTHDR_DUPL_HH, "ipv6.exthdr_dupl_hh") \
	X(IPV6_EXTHDR_DUPL_RH, "ipv6.exthdr_dupl_rh") \
	X(IPV6_EXTHDR_INVALID_OPTLEN, "ipv6.exthdr_invalid_optlen") \
	X(IPV6_EXTHDR_USELESS_FH, "ipv6.exthdr_useless_fh") \
	X(IPV6_FH_NON_ZERO_RESERVED_FIELD, "ipv6.fh_non_zero_reserved_field") \
	X(IPV6_FRAG_IGNORED, "ipv6.frag_ignored") \
	X(IPV6_FRAG_INVALID_LENGTH, "ipv6.frag_invalid_length") \
	X(IPV6_FRAG_OVERLAP, "ipv6.frag_overlap") \
	X(IPV6_FRAG_PKT_TOO_LARGE, "ipv6.frag_pkt_too_large") \
	X(IPV6_HOPOPTS_ONLY_PADDING, "ipv6.hopopts_only_padding") \
	X(IPV6_HOPOPTS_UNKNOWN_OPT, "ipv6.hopopts_unknown_opt") \
	X(IPV6_ICMPV4, "ipv6.icmpv4") \
	X(IPV6_IPV4_IN_IPV6_TOO_SMALL, "ipv6.ipv4_in_ipv6_too_small") \
	X(IPV6_IPV4_IN_IPV6_WRONG_VERSION, "ipv6.ipv4_in_ipv6_wrong_version") \
	X(IPV6_IPV6_IN_IPV6_TOO_SMALL, "ipv6.ipv6_in_ipv6_too_small") \
	X(IPV6_IPV6_IN_IPV6_WRONG_VERSION, "ipv6.ipv6_in_ipv6_wrong_version") \
	X(IPV6_PKT_TOO_SMALL, "ipv6.pkt_too_small") \
	X(IPV6_RH_TYPE_0, "ipv6.rh_type_0") \
	X(IPV6_TRUNC_EXTHDR, "ipv6.trunc_exthdr") \
	X(IPV6_TRUNC_PKT, "ipv6.trunc_pkt") \
	X(IPV6_UNKNOWN_NEXT_HEADER, "ipv6.unknown_next_header") \
	X(IPV6_WRONG_IP_VERSION, "ipv6.wrong_ip_version") \
	X(IPV6_ZERO_LEN_PADN, "ipv6.zero_len_padn") \
	X(LTNULL_PKT_TOO_SMALL, "ltnull.pkt_too_small") \
	X(LTNULL_UNSUPPORTED_TYPE, "ltnull.unsupported_type") \
	X(MPLS_BAD_LABEL_IMPLICIT_NULL, "mpls.bad_label_implicit_null") \
	X(MPLS_BAD_LABEL_RESERVED, "mpls.bad_label_reserved") \
	X(MPLS_BAD_LABEL_ROUTER_ALERT, "mpls.bad_label_router_alert") \
	X(MPLS_HEADER_TOO_SMALL, "mpls.header_too_small") \
	X(MPLS_PKT_TOO_SMALL, "mpls.pkt_too_small") \
	X(MPLS_UNKNOWN_PAYLOAD_TYPE, "mpls.unknown_payload_type") \
	X(NSH_BAD_HEADER_LENGTH, "nsh.bad_header_length") \
	X(NSH_HEADER_TOO_SMALL, "nsh.header_too_small") \
	X(NSH_RESERVED_TYPE, "nsh.reserved_type") \
	X(NSH_UNKNOWN_PAYLOAD, "nsh.unknown_payload") \
	X(NSH_UNSUPPORTED_TYPE, "nsh.unsupported_type") \
	X(NSH_UNSUPPORTED_VERSION, "nsh.unsupported_version") \
	X(PPP_IP4_PKT_TOO_SMALL, "ppp.ip4_pkt_too_small") \
	X(PPP_IP6_PKT_TOO_SMALL, "ppp.ip6_pkt_too_small") \
	X(PPP_PKT_TOO_SMALL, "ppp.pkt_too_small") \
	X(PPP_UNSUP_PROTO, "ppp.unsup_proto") \
	X(PPP_VJU_PKT_TOO_SMALL, "ppp.vju_pkt_too_small") \
	X(PPP_WRONG_TYPE, "ppp.wrong_type") \
	X(PPPOE_MALFORMED_TAGS, "pppoe.malformed_tags") \
	X(PPPOE_PKT_TOO_SMALL, "pppoe.pkt_too_small") \
	X(PPPOE_WRONG_CODE, "pppoe.wrong_code") \
	X(SCTP_CHUNK_LEN_INVALID, "sctp.chunk_len_invalid") \
	X(SCTP_CHUNK_TOO_SMALL, "sctp.chunk_too_small") \
	X(SCTP_DATA_WITH_ZERO_VTAG, "sctp.data_with_zero_vtag") \
	X(SCTP_INIT_CHUNK_BUNDLED, "sctp.init_chunk_bundled") \
	X(SCTP_INIT_WITH_NON_ZERO_VTAG, "sctp.init_with_non_zero_vtag") \
	X(SCTP_PKT_TOO_SMALL, "sctp.pkt_too_small") \
	X(SCTP_TOO_MANY_CHUNKS, "sctp.too_many_chunks") \
	X(SCTP_TOO_MANY_DATA_CHUNKS, "sctp.too_many_data_chunks") \
	X(SLL_PKT_TOO_SMALL, "sll.pkt_too_small") \
	X(SLL2_PKT_TOO_SMALL, "sll2.pkt_too_small") \
	X(TCP_HLEN_TOO_SMALL, "tcp.hlen_too_small") \
	X(TCP_INVALID_OPTLEN, "tcp.invalid_optlen") \
	X(TCP_OPT_DUPLICATE, "tcp.opt_duplicate") \
	X(TCP_OPT_INVALID_LEN, "tcp.opt_invalid_len") \
	X(TCP_PKT_TOO_SMALL, "tcp.pkt_too_small") \
	X(TOO_MANY_LAYERS, "too_many_layers") \
	X(UDP_HLEN_INVALID, "udp.hlen_invalid") \
	X(UDP_HLEN_TOO_SMALL, "udp.hlen_too_small") \
	X(UDP_LEN_INVALID, "udp.len_invalid") \
	X(UDP_PKT_TOO_SMALL, "udp.pkt_too_small") \
	X(VLAN_HEADER_TOO_SMALL, "vlan.header_too_small") \
	X(VLAN_TOO_MANY_LAYERS, "vlan.too_many_layers") \
	X(VLAN_UNKNOWN_TYPE, "vlan.unknown_type") \
	X(VNTAG_HEADER_TOO_SMALL, "vntag.header_too_small") \
	X(VNTAG_UNKNOWN_TYPE, "vntag.unknown_type") \
	X(VXLAN_UNKNOWN_PAYLOAD_TYPE, "vxlan.unknown_payload_type")

#define STREAM_EVENT_LIST(X) \
	X(3WHS_ACK_DATA_INJECT, "3whs_ack_data_inject") \
	X(3WHS_ACK_IN_WRONG_DIR, "3whs_ack_in_wrong_dir") \
	X(3WHS_ASYNC_WRONG_SEQ, "3whs_async_wrong_seq") \
	X(3WHS_RIGHT_SEQ_WRONG_ACK_EVASION, "3whs_right_seq_wrong_ack_evasion") \
	X(3WHS_SYN_FLOOD, "3whs_syn_flood") \
	X(3WHS_SYN_RESEND_DIFF_SEQ_ON_SYN_RECV, "3whs_syn_resend_diff_seq_on_syn_recv") \
	X(3WHS_SYN_TOCLIENT_ON_SYN_RECV, "3whs_syn_toclient_on_syn_recv") \
	X(3WHS_SYNACK_FLOOD, "3whs_synack_flood") \
	X(3WHS_SYNACK_IN_WRONG_DIRECTION, "3whs_synack_in_wrong_direction") \
	X(3WHS_SYNACK_RESEND_WITH_DIFF_ACK, "3whs_synack_resend_with_diff_ack") \
	X(3WHS_SYNACK_RESEND_WITH_DIFF_SEQ, "3whs_synack_resend_with_diff_seq") \
	X(3WHS_SYNACK_RESEND_WITH_DIFFERENT_ACK, "3whs_synack_resend_with_different_ack") \
	X(3WHS_SYNACK_TFO_DATA_IGNORED, "3whs_synack_tfo_data_ignored") \
	X(3WHS_SYNACK_TOSERVER_ON_SYN_RECV, "3whs_synack_toserver_on_syn_recv") \
	X(3WHS_SYNACK_WITH_WRONG_ACK, "3whs_synack_with_wrong_ack") \
	X(3WHS_WRONG_SEQ_WRONG_ACK, "3whs_wrong_seq_wrong_ack") \
	X(4WHS_INVALID_ACK, "4whs_invalid_ack") \
	X(4WHS_SYNACK_WITH_WRONG_ACK, "4whs_synack_with_wrong_ack") \
	X(4WHS_SYNACK_WITH_WRONG_SYN, "4whs_synack_with_wrong_syn") \
	X(4WHS_WRONG_SEQ, "4whs_wrong_seq") \
	X(CLOSEWAIT_ACK_OUT_OF_WINDOW, "closewait_ack_out_of_window") \
	X(CLOSEWAIT_FIN_OUT_OF_WINDOW, "closewait_fin_out_of_window") \
	X(CLOSEWAIT_INVALID_ACK, "closewait_invalid_ack") \
	X(CLOSEWAIT_PKT_BEFORE_LAST_ACK, "closewait_pkt_before_last_ack") \
	X(CLOSING_ACK_WRONG_SEQ, "closing_ack_wrong_seq") \
	X(CLOSING_INVALID_ACK, "closing_invalid_ack") \
	X(EST_ACK_ZWP_DATA, "est_ack_zwp_data") \
	X(EST_INVALID_ACK, "est_invalid_ack") \
	X(EST_PACKET_OUT_OF_WINDOW, "est_packet_out_of_window") \
	X(EST_PKT_BEFORE_LAST_ACK, "est_pkt_before_last_ack") \
	X(EST_SYN_RESEND, "est_syn_resend") \
	X(EST_SYN_RESEND_DIFF_SEQ, "est_syn_resend_diff_seq") \
	X(EST_SYN_TOCLIENT, "est_syn_toclient") \
	X(EST_SYNACK_RESEND, "est_synack_resend") \
	X(EST_SYNACK_RESEND_WITH_DIFF_ACK, "est_synack_resend_with_diff_ack") \
	X(EST_SYNACK_RESEND_WITH_DIFF_SEQ, "est_synack_resend_with_diff_seq") \
	X(EST_SYNACK_RESEND_WITH_DIFFERENT_ACK, "est_synack_resend_with_different_ack") \
	X(EST_SYNACK_TOSERVER, "est_synack_toserver") \
	X(FIN1_ACK_WRONG_SEQ, "fin1_ack_wrong_seq") \
	X(FIN1_FIN_WRONG_SEQ, "fin1_fin_wrong_seq") \
	X(FIN1_INVALID_ACK, "fin1_invalid_ack") \
	X(FIN2_ACK_WRONG_SEQ, "fin2_ack_wrong_seq") \
	X(FIN2_FIN_WRONG_SEQ, "fin2_fin_wrong_seq") \
	X(FIN2_INVALID_ACK, "fin2_invalid_ack") \
	X(FIN_BUT_NO_SESSION, "fin_but_no_session") \
	X(FIN_INVALID_ACK, "fin_invalid_ack") \
	X(FIN_OUT_OF_WINDOW, "fin_out_of_window") \
	X(FIN_SYN, "fin_syn") \
	X(LASTACK_ACK_WRONG_SEQ, "lastack_ack_wrong_seq") \
	X(LASTACK_INVALID_ACK, "lastack_invalid_ack") \
	X(PKT_BAD_WINDOW_UPDATE, "pkt_bad_window_update") \
	X(PKT_BROKEN_ACK, "pkt_broken_ack") \
	X(PKT_INVALID_ACK, "pkt_invalid_ack") \
	X(PKT_INVALID_TIMESTAMP, "pkt_invalid_timestamp") \
	X(PKT_RETRANSMISSION, "pkt_retransmission") \
	X(PKT_SPURIOUS_RETRANSMISSION, "pkt_spurious_retransmission") \
	X(REASSEMBLY_DEPTH_REACHED, "reassembly_depth_reached") \
	X(REASSEMBLY_INSERT_INVALID, "reassembly_insert_invalid") \
	X(REASSEMBLY_INSERT_LIMIT, "reassembly_insert_limit") \
	X(REASSEMBLY_INSERT_MEMCAP, "reassembly_insert_memcap") \
	X(REASSEMBLY_NO_SEGMENT, "reassembly_no_segment") \
	X(REASSEMBLY_OVERLAP_DIFFERENT_DATA, "reassembly_overlap_different_data") \
	X(REASSEMBLY_SEGMENT_BEFORE_BASE_SEQ, "reassembly_segment_before_base_seq") \
	X(REASSEMBLY_SEQ_GAP, "reassembly_seq_gap") \
	X(REASSEMBLY_URGENT_OOB_LIMIT_REACHED, "reassembly_urgent_oob_limit_reached") \
	X(RST_BUT_NO_SESSION, "rst_but_no_session") \
	X(RST_INVALID_ACK, "rst_invalid_ack") \
	X(RST_WITH_DATA, "rst_with_data") \
	X(SHUTDOWN_SYN_RESEND, "shutdown_syn_resend") \
	X(SUSPECTED_RST_INJECT, "suspected_rst_inject") \
	X(TIMEWAIT_ACK_WRONG_SEQ, "timewait_ack_wrong_seq") \
	X(TIMEWAIT_INVALID_ACK, "timewait_invalid_ack") \
	X(WRONG_THREAD, "wrong_thread")

/* Of the whole flow: "applayer_" is part of the name in rules. */
#define FLOW_EVENT_LIST(X) \
	X(MISMATCH_PROTOCOL_BOTH_DIRECTIONS, "applayer_mismatch_protocol_both_directions") \
	X(WRONG_DIRECTION_FIRST_DATA, "applayer_wrong_direction_first_data") \
	X(DETECT_PROTOCOL_ONLY_ONE_DIRECTION, "applayer_detect_protocol_only_one_direction") \
	X(PROTO_DETECTION_SKIPPED, "applayer_proto_detection_skipped") \
	X(NO_TLS_AFTER_STARTTLS, "applayer_no_tls_after_starttls") \
	X(UNEXPECTED_PROTOCOL, "applayer_unexpected_protocol")

enum packet_event {
#define X(id, name) DECODE_##id,
	DECODE_EVENT_LIST(X)
#undef X
#define X(id, name) STREAM_##id,
	STREAM_EVENT_LIST(X)
#undef X
	PACKET_EVENT_COUNT
};

enum flow_event {
#define X(id, name) FLOW_EVENT_##id,
	FLOW_EVENT_LIST(X)
#undef X
	FLOW_EVENT_COUNT
};

/* Bit of a name as it stands in decode-event, stream-event, app-layer-event; -1 when there is none. */
int events_decode(const char *name);
int events_stream(const char *name);
int events_flow(const char *name);

/* The name of a decode or stream event, of a flow event; NULL beyond the last. */
const char *events_packet_name(unsigned event);
const char *events_flow_name(unsigned event);

#endif
