"""Text environments as Gymnasium environments; importing this package registers them."""

from gymnasium.envs.registration import register

register(id="lfm/ALFWorld-v0", entry_point="envs.alfworld.env:ALFWorldEnv")
register(id="lfm/ScienceWorld-v0", entry_point="envs.scienceworld.env:ScienceWorldEnv")
register(id="lfm/Touchdown-v0", entry_point="envs.touchdown.env:TouchdownEnv")
register(id="lfm/WordRemoval-v0", entry_point="envs.answers.word_removal:WordRemovalEnv")
register(id="lfm/BBH-v0", entry_point="envs.answers.bbh.env:BBHEnv")
register(id="lfm/MBPP-v0", entry_point="envs.answers.mbpp.env:MBPPEnv")
register(id="lfm/Summarize-v0", entry_point="envs.answers.summarize.env:SummarizeEnv")
register(id="lfm/BBSR-v0", entry_point="envs.answers.games.env:GamesEnv")
register(id="lfm/TextTasks-v0", entry_point="envs.answers.together.env:TextTasksEnv")
register(id="lfm/HiddenRule-v0", entry_point="envs.answers.hidden_rule:HiddenRuleEnv")
