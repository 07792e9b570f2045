// 项目自己的术语，写给读者看。
import type { GateTerm } from './terms.en';

export const gates: Record<string, GateTerm> = {
  slot_coverage_min: { name: '时段覆盖率', breach: '有标的的可用行数不足', meaning: '可用行数 ÷ 应有行数，取最低的标的' },
  slot_presence_min: { name: '时段齐全度', breach: '有时段缺失', meaning: '有可用行的时段数 ÷ 当日时段数，取最低的标的' },
  delayed_ratio: { name: '延迟数据', breach: '延迟数据过多', meaning: '延迟行数 ÷ 总行数' },
  stale_slot_ratio: { name: '停滞时段', breach: '有行情停滞不动', meaning: '行情停滞的时段数 ÷ 当日时段数，取最高的标的' },
  rollup_fallback_ratio: { name: '日终汇总回退', breach: '过多的日终行不是取自收盘', meaning: '日终行并非取自收盘的合约数 ÷ 应有合约数' },
  oi_enrichment_ratio: { name: '未平仓量', breach: '未平仓量缺失过多', meaning: '有当日未平仓量的合约数 ÷ 应有合约数' },
};

export const causes: Record<string, string> = {
  'no file': '该时段没有文件',
  'rows are missing': '缺少数据行',
  missing_price: '没有收到价格',
  timeout: '超时未答复',
  refused: '被券商拒绝',
  disconnected: '连接中断',
  not_asked: '未曾询问',
  slot_missed: '错过了该时段',
  unusable: '不可用',
  snapshot_timeout: '部分数据未及时到达',
  slot_retry_exceeded: '窗口结束前没有可用的答复',
  filled: '由历史 K 线补齐',
};

export const flags: Record<string, [string, string]> = {
  delayed_fallback: ['DL', '延迟数据'],
  frozen_quote: ['FZ', '冻结报价'],
  missing_oi: ['OI', '没有收到未平仓量'],
  missing_price: ['PX', '没有收到价格'],
  missing_greeks: ['GR', '模型值未及时到达'],
  snapshot_timeout: ['TO', '部分数据未及时到达'],
  exchange_fallback: ['EX', '由备用交易所答复'],
  oi_enriched: ['OE', '未平仓量于下一交易日补入'],
  crossed_market: ['XM', '买价高于卖价'],
  slot_retry_exceeded: ['RX', '窗口结束前没有可用的答复'],
  discovery_stale: ['DS', '使用较早日期的合约清单询问'],
  stale_feed: ['SF', '市场在动而期权链停滞'],
  after_close: ['AC', '收盘之后才答复'],
  extreme_iv: ['IV', '隐含波动率高于 500 %'],
  invalid_delta: ['DE', 'Delta 绝对值大于 1.05'],
  historical_fill: ['HF', '价格取自事后获取的历史 K 线'],
};

export const oiStates: Record<string, string> = {
  value: '有值', not_published: '未公布', missing: '缺失', expired: '已到期', not_asked: '尚未询问',
};

export const strategies: Record<string, string> = {
  close: '收盘时段', slot_1530: '收盘前一个时段', last_good: '最后一个可用时段', none: '没有数据行',
};

export const kinds: Record<string, string> = {
  discovery: '合约发现', snapshot: '快照', rollup: '日终汇总', enrichment: '未平仓量补充', qa: 'QA', selfcheck: '自检',
  logscan: '日志扫描', fill: '历史补齐', preflight: '盘前检查', compaction: '压实', retention: '保留期清理', backup: '备份',
};
