-- Own bank accounts 本单位账户, the columns of banks' exports, imported statements 对账单 and their
-- lines 银行流水. A line is taken in once; it posts bank against suspense under `bank_line:<id>`.

-- A new account of ours is proposed by finance and approved by a leader, another person.
CREATE TABLE bank_account (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    books_unit_id uuid NOT NULL REFERENCES organisation,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    bank text NOT NULL CHECK (length(bank) BETWEEN 1 AND 200),
    number text NOT NULL CHECK (number ~ '^[0-9A-Z]{4,40}$'),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    state text NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected')),
    proposed_by uuid NOT NULL,
    decided_by uuid CHECK (decided_by <> proposed_by),
    note text CHECK (length(note) BETWEEN 2 AND 1000),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'rejected') = (note IS NOT NULL))
);
CREATE UNIQUE INDEX bank_account_live ON bank_account (number, currency) WHERE state <> 'rejected';
CREATE INDEX ON bank_account (books_unit_id, id);

-- How one layout of one bank's export is read: a new bank is a row. Those without a unit came with
-- the market and serve everyone, the particular banks before the general layouts.
CREATE TABLE statement_mapping (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    books_unit_id uuid REFERENCES organisation,
    position integer NOT NULL CHECK (position > 0),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    bank text NOT NULL CHECK (length(bank) BETWEEN 1 AND 200),
    body jsonb NOT NULL CHECK (jsonb_typeof(body) = 'object'),
    added_by uuid NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE NULLS NOT DISTINCT (books_unit_id, name)
);

-- What one file says of one account, proved whole: opening and its lines make closing. A file may
-- hold several; the same file again for an account is found by its hash. `first_on` is the day of
-- its first line (without lines, the day after its last): the opening is the balance before it.
CREATE TABLE statement (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    bank_account_id uuid NOT NULL REFERENCES bank_account,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    file_id uuid NOT NULL REFERENCES file,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    position integer NOT NULL CHECK (position > 0),
    reference text NOT NULL CHECK (length(reference) <= 2000),
    from_on date NOT NULL,
    until_on date NOT NULL,
    first_on date NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    opening_minor bigint NOT NULL,
    closing_minor bigint NOT NULL,
    lines integer NOT NULL CHECK (lines >= 0),
    new_lines integer NOT NULL CHECK (new_lines BETWEEN 0 AND lines),
    imported_by uuid NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (bank_account_id, sha256, position),
    CHECK (from_on <= until_on)
);
CREATE INDEX ON statement (books_unit_id, id);

-- One movement as the bank booked it, money out below zero. `key` is the hash of its content and
-- of its place among lines of equal content on its day.
CREATE TABLE bank_line (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    bank_account_id uuid NOT NULL REFERENCES bank_account,
    books_unit_id uuid NOT NULL REFERENCES organisation,
    statement_id uuid NOT NULL REFERENCES statement,
    position integer NOT NULL CHECK (position > 0),
    key text NOT NULL CHECK (key ~ '^[0-9a-f]{64}$'),
    booked_on date NOT NULL,
    value_on date,
    amount_minor bigint NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    balance_after_minor bigint,
    counterparty_name text NOT NULL CHECK (length(counterparty_name) <= 2000),
    counterparty_account text NOT NULL CHECK (length(counterparty_account) <= 2000),
    counterparty_bank text NOT NULL CHECK (length(counterparty_bank) <= 2000),
    remark text NOT NULL CHECK (length(remark) <= 4000),
    bank_reference text NOT NULL CHECK (length(bank_reference) <= 2000),
    is_reversal boolean NOT NULL,
    raw jsonb NOT NULL CHECK (jsonb_typeof(raw) = 'object'),
    state text NOT NULL DEFAULT 'unmatched'
        CHECK (state IN ('unmatched', 'suggested', 'matched', 'confirmed')),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT market_now(),
    UNIQUE (bank_account_id, key)
);
CREATE INDEX ON bank_line (bank_account_id, booked_on);
CREATE INDEX ON bank_line (books_unit_id, id);
CREATE INDEX ON bank_line (statement_id, position);
-- What is in suspense, the oldest first.
CREATE INDEX bank_line_suspense ON bank_line (books_unit_id, booked_on, id)
    WHERE state IN ('unmatched', 'suggested');

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('bank_account', 'propose', NULL, 'proposed'),
    ('bank_account', 'approve', 'proposed', 'approved'),
    ('bank_account', 'reject', 'proposed', 'rejected'),
    ('bank_line', 'import', NULL, 'unmatched'),
    ('bank_line', 'suggest', 'unmatched', 'suggested'),
    ('bank_line', 'match', 'unmatched', 'matched'),
    ('bank_line', 'match', 'suggested', 'matched'),
    ('bank_line', 'confirm', 'matched', 'confirmed'),
    ('bank_line', 'undo', 'suggested', 'unmatched'),
    ('bank_line', 'undo', 'matched', 'unmatched'),
    ('bank_line', 'undo', 'confirmed', 'unmatched');

ALTER TABLE bank_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON bank_account USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE statement_mapping ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON statement_mapping USING ((SELECT acts_as_system()) OR books_unit_id IS NULL
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]))
    WITH CHECK ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE statement ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON statement USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));
ALTER TABLE bank_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON bank_line USING ((SELECT acts_as_system())
    OR books_unit_id = ANY ((SELECT visible_organisations())::uuid[]));

GRANT SELECT, INSERT, UPDATE (state, decided_by, note, version) ON bank_account TO market_app;
GRANT SELECT, INSERT ON statement_mapping, statement TO market_app;
GRANT SELECT, INSERT, UPDATE (state, version) ON bank_line TO market_app;

INSERT INTO statement_mapping (position, name, bank, body, added_by) VALUES
    (1, 'icbc-corporate', '中国工商银行',
     '{"columns": {"booked_on": ["入账日期", "交易日期", "交易时间"], "debit": ["借方发生额"], "credit": ["贷方发生额"], "balance": ["余额"], "account": ["本方账号"], "currency": ["币种"], "counterparty_name": ["对方单位名称", "对方户名"], "counterparty_account": ["对方账号"], "counterparty_bank": ["对方行名", "对方行号"], "remark": ["摘要", "用途", "附言", "个性化信息", "回单个性化信息"], "reference": ["交易流水号", "凭证号"]}, "labels": {"account": ["本方账号", "查询账号", "账号", "账户", "帐号", "卡号", "Account No.", "Account"], "currency": ["币种", "币别", "货币", "Currency"], "opening": ["期初余额", "上期余额", "承前余额", "上页余额", "起始余额", "Opening balance"], "closing": ["期末余额", "本期余额", "截止余额", "结束余额", "Closing balance"], "from_on": ["起始日期", "开始日期", "查询起始日期", "From"], "until_on": ["截止日期", "终止日期", "结束日期", "查询截止日期", "To"], "period": ["起止日期", "查询期间", "查询时间段", "日期范围", "时间范围", "Period"], "reference": ["对账单编号", "对账单号", "账单编号", "Statement No."]}, "date_formats": ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y%m%d%H%M%S", "%Y-%m-%d-%H.%M.%S", "%Y.%m.%d"], "inward": ["贷", "贷方", "贷记", "收", "收入", "来账", "转入", "入", "存入", "入账", "C", "CR", "CRDT", "Credit"], "outward": ["借", "借方", "借记", "支", "支出", "付", "往账", "转出", "出", "支取", "出账", "D", "DR", "DBIT", "Debit"], "notes": ["合计", "总计", "小计", "累计", "本页", "本期合计", "借方合计", "贷方合计", "期初余额", "期末余额", "上期余额", "承前", "过次页", "总笔数", "总收入", "总支出", "收入合计", "支出合计", "以下空白", "打印", "制表", "备注:", "说明", "注:", "*", "Total"]}',
     '00000000-0000-0000-0000-000000000001'),
    (2, 'ccb-corporate', '中国建设银行',
     '{"columns": {"booked_on": ["记账日期", "交易日期", "交易时间"], "debit": ["借方发生额(支取)", "借方发生额/元(支取)", "借方发生额"], "credit": ["贷方发生额(收入)", "贷方发生额/元(收入)", "贷方发生额"], "balance": ["余额"], "account": ["账号"], "currency": ["币种"], "counterparty_name": ["对方户名"], "counterparty_account": ["对方账号"], "counterparty_bank": ["对方开户机构"], "remark": ["摘要", "备注"], "reference": ["账户明细编号-交易流水号", "企业流水号", "凭证号"]}, "labels": {"account": ["本方账号", "查询账号", "账号", "账户", "帐号", "卡号", "Account No.", "Account"], "currency": ["币种", "币别", "货币", "Currency"], "opening": ["期初余额", "上期余额", "承前余额", "上页余额", "起始余额", "Opening balance"], "closing": ["期末余额", "本期余额", "截止余额", "结束余额", "Closing balance"], "from_on": ["起始日期", "开始日期", "查询起始日期", "From"], "until_on": ["截止日期", "终止日期", "结束日期", "查询截止日期", "To"], "period": ["起止日期", "查询期间", "查询时间段", "日期范围", "时间范围", "Period"], "reference": ["对账单编号", "对账单号", "账单编号", "Statement No."]}, "date_formats": ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y%m%d%H%M%S", "%Y-%m-%d-%H.%M.%S", "%Y.%m.%d"], "inward": ["贷", "贷方", "贷记", "收", "收入", "来账", "转入", "入", "存入", "入账", "C", "CR", "CRDT", "Credit"], "outward": ["借", "借方", "借记", "支", "支出", "付", "往账", "转出", "出", "支取", "出账", "D", "DR", "DBIT", "Debit"], "notes": ["合计", "总计", "小计", "累计", "本页", "本期合计", "借方合计", "贷方合计", "期初余额", "期末余额", "上期余额", "承前", "过次页", "总笔数", "总收入", "总支出", "收入合计", "支出合计", "以下空白", "打印", "制表", "备注:", "说明", "注:", "*", "Total"]}',
     '00000000-0000-0000-0000-000000000001'),
    (3, 'abc-corporate', '中国农业银行',
     '{"columns": {"booked_on": ["交易日期", "交易时间"], "debit": ["支出金额", "支出"], "credit": ["收入金额", "收入"], "balance": ["账户余额", "余额"], "account": ["账号"], "currency": ["币种"], "counterparty_name": ["对方户名"], "counterparty_account": ["对方账号"], "counterparty_bank": ["对方开户行", "对方行名", "交易行名"], "remark": ["交易摘要", "摘要", "交易用途", "交易说明", "交易附言", "附言"], "reference": ["交易流水号", "日志号", "交易时间戳"]}, "labels": {"account": ["本方账号", "查询账号", "账号", "账户", "帐号", "卡号", "Account No.", "Account"], "currency": ["币种", "币别", "货币", "Currency"], "opening": ["期初余额", "上期余额", "承前余额", "上页余额", "起始余额", "Opening balance"], "closing": ["期末余额", "本期余额", "截止余额", "结束余额", "Closing balance"], "from_on": ["起始日期", "开始日期", "查询起始日期", "From"], "until_on": ["截止日期", "终止日期", "结束日期", "查询截止日期", "To"], "period": ["起止日期", "查询期间", "查询时间段", "日期范围", "时间范围", "Period"], "reference": ["对账单编号", "对账单号", "账单编号", "Statement No."]}, "date_formats": ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y%m%d%H%M%S", "%Y-%m-%d-%H.%M.%S", "%Y.%m.%d"], "inward": ["贷", "贷方", "贷记", "收", "收入", "来账", "转入", "入", "存入", "入账", "C", "CR", "CRDT", "Credit"], "outward": ["借", "借方", "借记", "支", "支出", "付", "往账", "转出", "出", "支取", "出账", "D", "DR", "DBIT", "Debit"], "notes": ["合计", "总计", "小计", "累计", "本页", "本期合计", "借方合计", "贷方合计", "期初余额", "期末余额", "上期余额", "承前", "过次页", "总笔数", "总收入", "总支出", "收入合计", "支出合计", "以下空白", "打印", "制表", "备注:", "说明", "注:", "*", "Total"]}',
     '00000000-0000-0000-0000-000000000001'),
    (4, 'boc-corporate', '中国银行',
     '{"columns": {"booked_on": ["交易日期"], "value_on": ["起息日期"], "amount": ["交易金额"], "direction": ["交易类型"], "balance": ["交易后余额"], "currency": ["交易货币"], "payer_name": ["付款人名称"], "payer_account": ["付款人账号"], "payer_bank": ["付款人开户行名", "付款人开户行号"], "payee_name": ["收款人名称"], "payee_account": ["收款人账号"], "payee_bank": ["收款人开户行名", "收款人开户行行号"], "remark": ["摘要", "用途", "交易附言", "备注"], "reference": ["交易流水号"]}, "labels": {"account": ["本方账号", "查询账号", "账号", "账户", "帐号", "卡号", "Account No.", "Account"], "currency": ["币种", "币别", "货币", "Currency"], "opening": ["期初余额", "上期余额", "承前余额", "上页余额", "起始余额", "Opening balance"], "closing": ["期末余额", "本期余额", "截止余额", "结束余额", "Closing balance"], "from_on": ["起始日期", "开始日期", "查询起始日期", "From"], "until_on": ["截止日期", "终止日期", "结束日期", "查询截止日期", "To"], "period": ["起止日期", "查询期间", "查询时间段", "日期范围", "时间范围", "Period"], "reference": ["对账单编号", "对账单号", "账单编号", "Statement No."]}, "date_formats": ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y%m%d%H%M%S", "%Y-%m-%d-%H.%M.%S", "%Y.%m.%d"], "inward": ["贷", "贷方", "贷记", "收", "收入", "来账", "转入", "入", "存入", "入账", "C", "CR", "CRDT", "Credit"], "outward": ["借", "借方", "借记", "支", "支出", "付", "往账", "转出", "出", "支取", "出账", "D", "DR", "DBIT", "Debit"], "notes": ["合计", "总计", "小计", "累计", "本页", "本期合计", "借方合计", "贷方合计", "期初余额", "期末余额", "上期余额", "承前", "过次页", "总笔数", "总收入", "总支出", "收入合计", "支出合计", "以下空白", "打印", "制表", "备注:", "说明", "注:", "*", "Total"], "is_signed": true}',
     '00000000-0000-0000-0000-000000000001'),
    (5, 'cmb-corporate', '招商银行',
     '{"columns": {"booked_on": ["交易日", "交易日期"], "value_on": ["起息日"], "debit": ["借方金额", "借方(出账)"], "credit": ["贷方金额", "贷方(入账)"], "balance": ["余额"], "currency": ["币种"], "counterparty_name": ["收(付)方名称"], "counterparty_account": ["收(付)方帐号", "收(付)方账号"], "counterparty_bank": ["收(付)方开户行名", "收(付)方分行名"], "remark": ["摘要", "用途", "业务摘要", "其它摘要", "扩展摘要"], "reference": ["流水号", "业务参考号"]}, "labels": {"account": ["本方账号", "查询账号", "账号", "账户", "帐号", "卡号", "Account No.", "Account"], "currency": ["币种", "币别", "货币", "Currency"], "opening": ["期初余额", "上期余额", "承前余额", "上页余额", "起始余额", "Opening balance"], "closing": ["期末余额", "本期余额", "截止余额", "结束余额", "Closing balance"], "from_on": ["起始日期", "开始日期", "查询起始日期", "From"], "until_on": ["截止日期", "终止日期", "结束日期", "查询截止日期", "To"], "period": ["起止日期", "查询期间", "查询时间段", "日期范围", "时间范围", "Period"], "reference": ["对账单编号", "对账单号", "账单编号", "Statement No."]}, "date_formats": ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y%m%d%H%M%S", "%Y-%m-%d-%H.%M.%S", "%Y.%m.%d"], "inward": ["贷", "贷方", "贷记", "收", "收入", "来账", "转入", "入", "存入", "入账", "C", "CR", "CRDT", "Credit"], "outward": ["借", "借方", "借记", "支", "支出", "付", "往账", "转出", "出", "支取", "出账", "D", "DR", "DBIT", "Debit"], "notes": ["合计", "总计", "小计", "累计", "本页", "本期合计", "借方合计", "贷方合计", "期初余额", "期末余额", "上期余额", "承前", "过次页", "总笔数", "总收入", "总支出", "收入合计", "支出合计", "以下空白", "打印", "制表", "备注:", "说明", "注:", "*", "Total"]}',
     '00000000-0000-0000-0000-000000000001'),
    (6, 'generic-two-columns', '通用(借贷两列)',
     '{"columns": {"booked_on": ["记账日期", "入账日期", "交易日期", "日期", "交易时间", "Date"], "value_on": ["起息日期", "起息日", "Value date"], "debit": ["借方发生额", "借方金额", "支出金额", "支出", "付款金额", "转出金额", "Debit"], "credit": ["贷方发生额", "贷方金额", "收入金额", "收入", "收款金额", "转入金额", "Credit"], "balance": ["账户余额", "余额", "Balance"], "account": ["本方账号", "账号"], "currency": ["币种", "币别", "Currency"], "counterparty_name": ["对方户名", "对方名称", "对方单位名称", "对方账户名称", "Counterparty"], "counterparty_account": ["对方账号", "对方帐号", "对方账户", "Counterparty account"], "counterparty_bank": ["对方开户行", "对方行名", "对方银行", "Counterparty bank"], "remark": ["摘要", "用途", "附言", "备注", "Remark"], "reference": ["交易流水号", "流水号", "凭证号", "Reference"]}, "labels": {"account": ["本方账号", "查询账号", "账号", "账户", "帐号", "卡号", "Account No.", "Account"], "currency": ["币种", "币别", "货币", "Currency"], "opening": ["期初余额", "上期余额", "承前余额", "上页余额", "起始余额", "Opening balance"], "closing": ["期末余额", "本期余额", "截止余额", "结束余额", "Closing balance"], "from_on": ["起始日期", "开始日期", "查询起始日期", "From"], "until_on": ["截止日期", "终止日期", "结束日期", "查询截止日期", "To"], "period": ["起止日期", "查询期间", "查询时间段", "日期范围", "时间范围", "Period"], "reference": ["对账单编号", "对账单号", "账单编号", "Statement No."]}, "date_formats": ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y%m%d%H%M%S", "%Y-%m-%d-%H.%M.%S", "%Y.%m.%d"], "inward": ["贷", "贷方", "贷记", "收", "收入", "来账", "转入", "入", "存入", "入账", "C", "CR", "CRDT", "Credit"], "outward": ["借", "借方", "借记", "支", "支出", "付", "往账", "转出", "出", "支取", "出账", "D", "DR", "DBIT", "Debit"], "notes": ["合计", "总计", "小计", "累计", "本页", "本期合计", "借方合计", "贷方合计", "期初余额", "期末余额", "上期余额", "承前", "过次页", "总笔数", "总收入", "总支出", "收入合计", "支出合计", "以下空白", "打印", "制表", "备注:", "说明", "注:", "*", "Total"]}',
     '00000000-0000-0000-0000-000000000001'),
    (7, 'generic-one-column', '通用(金额一列)',
     '{"columns": {"booked_on": ["记账日期", "入账日期", "交易日期", "日期", "交易时间", "Date"], "value_on": ["起息日期", "起息日", "Value date"], "amount": ["交易金额", "发生额", "金额", "Amount"], "direction": ["借贷标志", "借贷方向", "借/贷", "借贷", "收支标志", "收/支", "收付标志", "收支", "Direction"], "balance": ["账户余额", "余额", "Balance"], "account": ["本方账号", "账号"], "currency": ["币种", "币别", "Currency"], "counterparty_name": ["对方户名", "对方名称", "对方单位名称", "对方账户名称", "Counterparty"], "counterparty_account": ["对方账号", "对方帐号", "对方账户", "Counterparty account"], "counterparty_bank": ["对方开户行", "对方行名", "对方银行", "Counterparty bank"], "remark": ["摘要", "用途", "附言", "备注", "Remark"], "reference": ["交易流水号", "流水号", "凭证号", "Reference"]}, "labels": {"account": ["本方账号", "查询账号", "账号", "账户", "帐号", "卡号", "Account No.", "Account"], "currency": ["币种", "币别", "货币", "Currency"], "opening": ["期初余额", "上期余额", "承前余额", "上页余额", "起始余额", "Opening balance"], "closing": ["期末余额", "本期余额", "截止余额", "结束余额", "Closing balance"], "from_on": ["起始日期", "开始日期", "查询起始日期", "From"], "until_on": ["截止日期", "终止日期", "结束日期", "查询截止日期", "To"], "period": ["起止日期", "查询期间", "查询时间段", "日期范围", "时间范围", "Period"], "reference": ["对账单编号", "对账单号", "账单编号", "Statement No."]}, "date_formats": ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y%m%d%H%M%S", "%Y-%m-%d-%H.%M.%S", "%Y.%m.%d"], "inward": ["贷", "贷方", "贷记", "收", "收入", "来账", "转入", "入", "存入", "入账", "C", "CR", "CRDT", "Credit"], "outward": ["借", "借方", "借记", "支", "支出", "付", "往账", "转出", "出", "支取", "出账", "D", "DR", "DBIT", "Debit"], "notes": ["合计", "总计", "小计", "累计", "本页", "本期合计", "借方合计", "贷方合计", "期初余额", "期末余额", "上期余额", "承前", "过次页", "总笔数", "总收入", "总支出", "收入合计", "支出合计", "以下空白", "打印", "制表", "备注:", "说明", "注:", "*", "Total"]}',
     '00000000-0000-0000-0000-000000000001'),
    (8, 'generic-signed', '通用(带正负号)',
     '{"columns": {"booked_on": ["记账日期", "入账日期", "交易日期", "日期", "交易时间", "Date"], "value_on": ["起息日期", "起息日", "Value date"], "amount": ["交易金额", "发生额", "金额", "Amount"], "balance": ["账户余额", "余额", "Balance"], "account": ["本方账号", "账号"], "currency": ["币种", "币别", "Currency"], "counterparty_name": ["对方户名", "对方名称", "对方单位名称", "对方账户名称", "Counterparty"], "counterparty_account": ["对方账号", "对方帐号", "对方账户", "Counterparty account"], "counterparty_bank": ["对方开户行", "对方行名", "对方银行", "Counterparty bank"], "remark": ["摘要", "用途", "附言", "备注", "Remark"], "reference": ["交易流水号", "流水号", "凭证号", "Reference"]}, "labels": {"account": ["本方账号", "查询账号", "账号", "账户", "帐号", "卡号", "Account No.", "Account"], "currency": ["币种", "币别", "货币", "Currency"], "opening": ["期初余额", "上期余额", "承前余额", "上页余额", "起始余额", "Opening balance"], "closing": ["期末余额", "本期余额", "截止余额", "结束余额", "Closing balance"], "from_on": ["起始日期", "开始日期", "查询起始日期", "From"], "until_on": ["截止日期", "终止日期", "结束日期", "查询截止日期", "To"], "period": ["起止日期", "查询期间", "查询时间段", "日期范围", "时间范围", "Period"], "reference": ["对账单编号", "对账单号", "账单编号", "Statement No."]}, "date_formats": ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y%m%d%H%M%S", "%Y-%m-%d-%H.%M.%S", "%Y.%m.%d"], "inward": ["贷", "贷方", "贷记", "收", "收入", "来账", "转入", "入", "存入", "入账", "C", "CR", "CRDT", "Credit"], "outward": ["借", "借方", "借记", "支", "支出", "付", "往账", "转出", "出", "支取", "出账", "D", "DR", "DBIT", "Debit"], "notes": ["合计", "总计", "小计", "累计", "本页", "本期合计", "借方合计", "贷方合计", "期初余额", "期末余额", "上期余额", "承前", "过次页", "总笔数", "总收入", "总支出", "收入合计", "支出合计", "以下空白", "打印", "制表", "备注:", "说明", "注:", "*", "Total"], "is_signed": true}',
     '00000000-0000-0000-0000-000000000001');
